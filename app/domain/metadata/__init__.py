"""Structured metadata: typed fields of a cloud, and the values that assets have in them."""

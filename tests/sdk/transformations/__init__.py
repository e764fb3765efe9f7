"""Delivery URLs as the vendor's own builders make them, and what has to come of each."""

"""Blobs: where the bytes of assets live."""

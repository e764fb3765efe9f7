"""Tagging models, a folder each, and the scripts that build them."""

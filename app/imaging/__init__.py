"""Sniffing, probing and decoding of images."""

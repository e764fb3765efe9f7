"""Lenticular: a self-hosted service that speaks Cloudinary's API."""

__version__ = "0.1.0"

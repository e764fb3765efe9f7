"""Rendering: pictures on their way through a transformation."""

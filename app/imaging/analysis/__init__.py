"""What a picture is like: its colours, its quality, its fingerprint. One module an analysis."""

"""Scripts that build the models of this directory from their pinned sources."""

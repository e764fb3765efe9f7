"""The routes, a file for each group of the API."""

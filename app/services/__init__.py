"""One use case a file; knows no HTTP and no SQLAlchemy."""

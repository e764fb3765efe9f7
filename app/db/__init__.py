"""Tables, repositories, unit of work: SQLAlchemy only here."""

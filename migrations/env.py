"""Alembic's environment: on the connection it is given, or on a URL from the outside.

By hand: ``LENTICULAR_DATABASE_URL=… alembic upgrade head``, or ``alembic -x url=… current``.
"""

from __future__ import annotations

import os

from alembic import context
from sqlalchemy import Connection, create_engine

from app.db.database import normalised
from app.db.tables import metadata


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        # SQLite changes tables by copying them.
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    url = context.get_x_argument(as_dictionary=True).get("url") or os.environ.get(
        "LENTICULAR_DATABASE_URL", "sqlite:///data/lenticular.db"
    )
    engine = create_engine(normalised(url))
    with engine.connect() as opened:
        run(opened)
    engine.dispose()

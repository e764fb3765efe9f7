"""faces of assets, the source of categories, levels of detail of clouds.

The defaults stay in the schema: so SQLite need not copy its tables, and a server of the release
before can still write while the new one starts.

Revision: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("assets", sa.Column("faces", sa.JSON(), nullable=True))
    op.add_column("categories", sa.Column("source", sa.Text(), server_default="", nullable=False))
    op.add_column("clouds", sa.Column("detail", sa.Text(), server_default="fast", nullable=False))


def downgrade() -> None:
    op.drop_column("clouds", "detail")
    op.drop_column("categories", "source")
    op.drop_column("assets", "faces")

"""structured metadata fields and conditional rules.

Revision: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_BYTES_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_IDENTITY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "metadata_fields",
        sa.Column("cloud_id", _IDENTITY, nullable=False),
        sa.Column("external_id", _BYTES_TEXT, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("deleted_at", sa.BigInteger(), nullable=True),
        sa.Column("definition", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["cloud_id"],
            ["clouds.id"],
            name=op.f("fk_metadata_fields_cloud_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("cloud_id", "external_id", name=op.f("pk_metadata_fields")),
    )
    op.create_table(
        "metadata_rules",
        sa.Column("serial", _IDENTITY, nullable=False),
        sa.Column("external_id", sa.String(length=64), nullable=False),
        sa.Column("cloud_id", _IDENTITY, nullable=False),
        sa.Column("metadata_field_id", _BYTES_TEXT, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("condition", sa.JSON(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["cloud_id"],
            ["clouds.id"],
            name=op.f("fk_metadata_rules_cloud_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_metadata_rules")),
        sa.UniqueConstraint("external_id", name=op.f("uq_metadata_rules_external_id")),
    )
    op.create_index(op.f("ix_metadata_rules_cloud_id"), "metadata_rules", ["cloud_id"])


def downgrade() -> None:
    op.drop_table("metadata_rules")
    op.drop_table("metadata_fields")

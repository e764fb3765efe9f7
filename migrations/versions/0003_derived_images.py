"""derived images, named transformations, coordinates, access control, delivery modes.

The defaults stay in the schema, as in 0002.

Revision: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_BYTES_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_IDENTITY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("clouds", sa.Column("delivery", sa.Text(), server_default="open", nullable=False))
    op.add_column(
        "assets",
        sa.Column("faces_given", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.add_column("assets", sa.Column("custom_coordinates", sa.JSON(), nullable=True))
    op.add_column("assets", sa.Column("access_control", sa.JSON(), nullable=True))
    op.create_table(
        "derivatives",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("asset_id", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("transformation", _BYTES_TEXT, nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("extension", _BYTES_TEXT, nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("etag", sa.String(length=32), nullable=False),
        sa.Column("blob_key", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=False),
        sa.Column("cloud_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["asset_id"],
            ["assets.asset_id"],
            name=op.f("fk_derivatives_asset_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_derivatives")),
        sa.UniqueConstraint("asset_id", "key", name="uq_derivatives_key"),
    )
    op.create_index(op.f("ix_derivatives_blob_key"), "derivatives", ["blob_key"])
    op.create_index(
        "ix_derivatives_transformation",
        "derivatives",
        ["cloud_id", "transformation", "extension", "id"],
    )
    op.create_index("ix_derivatives_used", "derivatives", ["used_at", "bytes"])
    op.create_table(
        "transformations",
        sa.Column("cloud_id", _IDENTITY, nullable=False),
        sa.Column("name", _BYTES_TEXT, nullable=False),
        sa.Column("text", _BYTES_TEXT, nullable=False),
        sa.Column("named", sa.Boolean(), nullable=False),
        sa.Column("allowed_for_strict", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["cloud_id"],
            ["clouds.id"],
            name=op.f("fk_transformations_cloud_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("cloud_id", "name", name=op.f("pk_transformations")),
    )


def downgrade() -> None:
    op.drop_table("transformations")
    op.drop_table("derivatives")
    op.drop_column("assets", "access_control")
    op.drop_column("assets", "custom_coordinates")
    op.drop_column("assets", "faces_given")
    op.drop_column("clouds", "delivery")

"""facts, analyses and settings of assets; moderation; versions that are kept; folder modes.

The defaults stay in the schema, as in 0002.

Revision: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_BYTES_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

_OBJECTS = ("metadata", "regions", "headers", "analyses", "media", "info")


def upgrade() -> None:
    op.add_column(
        "clouds", sa.Column("folder_mode", sa.Text(), server_default="dynamic", nullable=False)
    )
    for name in _OBJECTS:
        op.add_column("assets", sa.Column(name, sa.JSON(), nullable=True))
    op.add_column(
        "assets", sa.Column("phash", sa.String(length=16), server_default="", nullable=False)
    )
    op.add_column(
        "assets", sa.Column("quality_override", sa.Text(), server_default="", nullable=False)
    )
    for name in ("backup", "placeholder"):
        op.add_column(
            "assets", sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False)
        )
    op.create_index("ix_assets_phash", "assets", ["cloud_id", "phash", "asset_id"])
    _create_moderations()
    _create_versions()


def _create_moderations() -> None:
    op.create_table(
        "moderations",
        sa.Column("asset_id", sa.String(length=32), nullable=False),
        sa.Column("kind", _BYTES_TEXT, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("response", sa.JSON(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=True),
        sa.Column("cloud_id", sa.BigInteger(), nullable=False),
        sa.Column("resource_type", sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(
            ["asset_id"],
            ["assets.asset_id"],
            name=op.f("fk_moderations_asset_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("asset_id", "kind", name=op.f("pk_moderations")),
    )
    op.create_index(
        "ix_moderations_queue",
        "moderations",
        ["cloud_id", "resource_type", "kind", "status", "asset_id"],
    )


def _create_versions() -> None:
    op.create_table(
        "asset_versions",
        sa.Column("version_id", sa.String(length=32), nullable=False),
        sa.Column("asset_id", sa.String(length=32), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("etag", sa.String(length=32), nullable=False),
        sa.Column("blob_key", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("format", sa.Text(), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["asset_id"],
            ["assets.asset_id"],
            name=op.f("fk_asset_versions_asset_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_asset_versions")),
    )
    op.create_index(op.f("ix_asset_versions_blob_key"), "asset_versions", ["blob_key"])
    op.create_index("ix_asset_versions_asset", "asset_versions", ["asset_id", "version"])


def downgrade() -> None:
    op.drop_table("asset_versions")
    op.drop_table("moderations")
    op.drop_index("ix_assets_phash", table_name="assets")
    for name in ("placeholder", "backup", "quality_override", "phash", *reversed(_OBJECTS)):
        op.drop_column("assets", name)
    op.drop_column("clouds", "folder_mode")

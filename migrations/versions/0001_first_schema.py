"""first schema.

Revision: 0001
Revises: nothing
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "clouds",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "name", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False
        ),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("default_preset", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clouds")),
        sa.UniqueConstraint("name", name=op.f("uq_clouds_name")),
    )
    op.create_table(
        "api_keys",
        sa.Column(
            "key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False
        ),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("cloud_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["cloud_id"], ["clouds.id"], name=op.f("fk_api_keys_cloud_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_api_keys")),
    )
    with op.batch_alter_table("api_keys", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_api_keys_cloud_id"), ["cloud_id"], unique=False)

    op.create_table(
        "assets",
        sa.Column("asset_id", sa.String(length=32), nullable=False),
        sa.Column("cloud_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("resource_type", sa.String(length=8), nullable=False),
        sa.Column(
            "type", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False
        ),
        sa.Column(
            "public_id",
            sa.Text().with_variant(sa.Text(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("version_id", sa.String(length=32), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("etag", sa.String(length=32), nullable=False),
        sa.Column("blob_key", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("format", sa.Text(), nullable=True),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("pages", sa.Integer(), nullable=True),
        sa.Column("asset_folder", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("original_filename", sa.Text(), nullable=True),
        sa.Column("original_extension", sa.Text(), nullable=False),
        sa.Column("access_key", sa.Text(), nullable=False),
        sa.Column("context", sa.JSON(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["cloud_id"], ["clouds.id"], name=op.f("fk_assets_cloud_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("asset_id", name=op.f("pk_assets")),
        sa.UniqueConstraint("cloud_id", "resource_type", "type", "public_id", name="uq_assets_key"),
    )
    with op.batch_alter_table("assets", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_assets_blob_key"), ["blob_key"], unique=False)
        batch_op.create_index(
            "ix_assets_listing",
            ["cloud_id", "resource_type", "type", "created_at", "asset_id"],
            unique=False,
        )

    op.create_table(
        "chunked_uploads",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("cloud_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("upload_id", sa.Text(), nullable=False),
        sa.Column("resource_type", sa.String(length=8), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=True),
        sa.Column("total", sa.BigInteger(), nullable=True),
        sa.Column("asset_id", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(
            ["cloud_id"],
            ["clouds.id"],
            name=op.f("fk_chunked_uploads_cloud_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chunked_uploads")),
        sa.UniqueConstraint(
            "cloud_id", "upload_id", "resource_type", name="uq_chunked_uploads_client"
        ),
    )
    with op.batch_alter_table("chunked_uploads", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_chunked_uploads_created_at"), ["created_at"], unique=False
        )

    op.create_table(
        "upload_presets",
        sa.Column("cloud_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "name", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False
        ),
        sa.Column("external_id", sa.String(length=32), nullable=False),
        sa.Column("unsigned", sa.Boolean(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["cloud_id"], ["clouds.id"], name=op.f("fk_upload_presets_cloud_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("cloud_id", "name", name=op.f("pk_upload_presets")),
    )
    op.create_table(
        "asset_tags",
        sa.Column("asset_id", sa.String(length=32), nullable=False),
        sa.Column(
            "word", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False
        ),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("engine", sa.Text(), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("cloud_id", sa.BigInteger(), nullable=False),
        sa.Column("resource_type", sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(
            ["asset_id"],
            ["assets.asset_id"],
            name=op.f("fk_asset_tags_asset_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("asset_id", "word", "source", name=op.f("pk_asset_tags")),
    )
    with op.batch_alter_table("asset_tags", schema=None) as batch_op:
        batch_op.create_index(
            "ix_asset_tags_word", ["cloud_id", "resource_type", "word", "asset_id"], unique=False
        )

    op.create_table(
        "categorizations",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("asset_id", sa.String(length=32), nullable=False),
        sa.Column("addon", sa.Text(), nullable=False),
        sa.Column("engine", sa.Text(), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("languages", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["asset_id"],
            ["assets.asset_id"],
            name=op.f("fk_categorizations_asset_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_categorizations")),
        sa.UniqueConstraint("asset_id", "addon", name="uq_categorizations_addon"),
    )
    op.create_table(
        "chunks",
        sa.Column("upload", sa.String(length=32), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("blob_key", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["upload"], ["chunked_uploads.id"], name=op.f("fk_chunks_upload"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("upload", "first", name=op.f("pk_chunks")),
    )
    with op.batch_alter_table("chunks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_chunks_blob_key"), ["blob_key"], unique=False)

    op.create_table(
        "categories",
        sa.Column(
            "categorization_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Float(precision=53), nullable=False),
        sa.Column("synset", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["categorization_id"],
            ["categorizations.id"],
            name=op.f("fk_categories_categorization_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("categorization_id", "position", name=op.f("pk_categories")),
    )


def downgrade() -> None:
    op.drop_table("categories")
    with op.batch_alter_table("chunks", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_chunks_blob_key"))

    op.drop_table("chunks")
    op.drop_table("categorizations")
    with op.batch_alter_table("asset_tags", schema=None) as batch_op:
        batch_op.drop_index("ix_asset_tags_word")

    op.drop_table("asset_tags")
    op.drop_table("upload_presets")
    with op.batch_alter_table("chunked_uploads", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_chunked_uploads_created_at"))

    op.drop_table("chunked_uploads")
    with op.batch_alter_table("assets", schema=None) as batch_op:
        batch_op.drop_index("ix_assets_listing")
        batch_op.drop_index(batch_op.f("ix_assets_blob_key"))

    op.drop_table("assets")
    with op.batch_alter_table("api_keys", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_api_keys_cloud_id"))

    op.drop_table("api_keys")
    op.drop_table("clouds")

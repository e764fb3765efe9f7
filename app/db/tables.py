"""The tables. Times are Unix seconds as integers: the same on every database, and fast."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

#: Text that is compared and sorted byte by byte on both databases.
BYTES_TEXT = Text().with_variant(Text(collation="C"), "postgresql")

#: An integer key that SQLite numbers by itself.
IDENTITY = BigInteger().with_variant(Integer(), "sqlite")


clouds = Table(
    "clouds",
    metadata,
    Column("id", IDENTITY, primary_key=True),
    Column("name", BYTES_TEXT, nullable=False, unique=True),
    Column("created_at", BigInteger, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("default_preset", Text, nullable=False),
    Column("detail", Text, nullable=False, server_default="fast"),
    Column("delivery", Text, nullable=False, server_default="open"),
    Column("folder_mode", Text, nullable=False, server_default="dynamic"),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("key", BYTES_TEXT, primary_key=True),
    Column("secret", Text, nullable=False),
    Column("cloud_id", ForeignKey("clouds.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("created_at", BigInteger, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("enabled", Boolean, nullable=False),
)

assets = Table(
    "assets",
    metadata,
    Column("asset_id", String(32), primary_key=True),
    Column("cloud_id", ForeignKey("clouds.id", ondelete="CASCADE"), nullable=False),
    Column("resource_type", String(8), nullable=False),
    Column("type", BYTES_TEXT, nullable=False),
    Column("public_id", BYTES_TEXT, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("version_id", String(32), nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("etag", String(32), nullable=False),
    Column("blob_key", String(64), nullable=False, index=True),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("format", Text),
    Column("width", Integer),
    Column("height", Integer),
    Column("pages", Integer),
    Column("asset_folder", Text, nullable=False),
    Column("display_name", Text, nullable=False),
    Column("original_filename", Text),
    Column("original_extension", Text, nullable=False),
    Column("access_key", Text, nullable=False),
    Column("context", JSON, nullable=False),
    Column("faces", JSON),
    Column("faces_given", Boolean, nullable=False, server_default=false()),
    Column("custom_coordinates", JSON),
    Column("access_control", JSON),
    Column("metadata", JSON),
    Column("regions", JSON),
    Column("headers", JSON),
    Column("phash", String(16), nullable=False, server_default=""),
    Column("analyses", JSON),
    Column("media", JSON),
    Column("info", JSON),
    Column("quality_override", Text, nullable=False, server_default=""),
    Column("backup", Boolean, nullable=False, server_default=false()),
    Column("placeholder", Boolean, nullable=False, server_default=false()),
    # Grows with every change to the asset, its tags or its categorizations.
    Column("revision", BigInteger, nullable=False),
    UniqueConstraint("cloud_id", "resource_type", "type", "public_id", name="uq_assets_key"),
    Index("ix_assets_listing", "cloud_id", "resource_type", "type", "created_at", "asset_id"),
    # Read whole to find near duplicates.
    Index("ix_assets_phash", "cloud_id", "phash", "asset_id"),
)

#: ``cloud_id`` and ``resource_type`` repeat the asset's, so that a queue is read from one index.
moderations = Table(
    "moderations",
    metadata,
    Column("asset_id", ForeignKey("assets.asset_id", ondelete="CASCADE"), primary_key=True),
    Column("kind", BYTES_TEXT, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("response", JSON, nullable=False),
    Column("updated_at", BigInteger),
    Column("cloud_id", BigInteger, nullable=False),
    Column("resource_type", String(8), nullable=False),
    Index("ix_moderations_queue", "cloud_id", "resource_type", "kind", "status", "asset_id"),
)

#: Versions of assets whose bytes are kept.
asset_versions = Table(
    "asset_versions",
    metadata,
    Column("version_id", String(32), primary_key=True),
    Column("asset_id", ForeignKey("assets.asset_id", ondelete="CASCADE"), nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("etag", String(32), nullable=False),
    Column("blob_key", String(64), nullable=False, index=True),
    Column("created_at", BigInteger, nullable=False),
    Column("format", Text),
    Column("facts", JSON, nullable=False),
    Index("ix_asset_versions_asset", "asset_id", "version"),
)

#: ``cloud_id`` and ``resource_type`` repeat the asset's, so that a tag's assets and a cloud's
#: tags are read from one index.
asset_tags = Table(
    "asset_tags",
    metadata,
    Column("asset_id", ForeignKey("assets.asset_id", ondelete="CASCADE"), primary_key=True),
    Column("word", BYTES_TEXT, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("engine", Text, nullable=False),
    Column("model_version", Text, nullable=False),
    Column("cloud_id", BigInteger, nullable=False),
    Column("resource_type", String(8), nullable=False),
    Index("ix_asset_tags_word", "cloud_id", "resource_type", "word", "asset_id"),
)

categorizations = Table(
    "categorizations",
    metadata,
    Column("id", IDENTITY, primary_key=True),
    Column("asset_id", ForeignKey("assets.asset_id", ondelete="CASCADE"), nullable=False),
    Column("addon", Text, nullable=False),
    Column("engine", Text, nullable=False),
    Column("model_version", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("languages", Text, nullable=False),
    UniqueConstraint("asset_id", "addon", name="uq_categorizations_addon"),
)

categories = Table(
    "categories",
    metadata,
    Column(
        "categorization_id",
        ForeignKey("categorizations.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("position", Integer, primary_key=True),
    Column("word", Text, nullable=False),
    Column("confidence", Float(53), nullable=False),
    Column("synset", Text, nullable=False),
    Column("source", Text, nullable=False, server_default=""),
)

#: ``cloud_id`` repeats the asset's, so that a transformation's derivatives are read from one index.
derivatives = Table(
    "derivatives",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("asset_id", ForeignKey("assets.asset_id", ondelete="CASCADE"), nullable=False),
    Column("key", String(64), nullable=False),
    Column("transformation", BYTES_TEXT, nullable=False),
    Column("format", Text, nullable=False),
    Column("extension", BYTES_TEXT, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("etag", String(32), nullable=False),
    Column("blob_key", String(64), nullable=False, index=True),
    Column("created_at", BigInteger, nullable=False),
    Column("used_at", BigInteger, nullable=False),
    Column("cloud_id", BigInteger, nullable=False),
    UniqueConstraint("asset_id", "key", name="uq_derivatives_key"),
    Index("ix_derivatives_transformation", "cloud_id", "transformation", "extension", "id"),
    # With the bytes, so that their sum is read from the index alone.
    Index("ix_derivatives_used", "used_at", "bytes"),
)

transformations = Table(
    "transformations",
    metadata,
    Column("cloud_id", ForeignKey("clouds.id", ondelete="CASCADE"), primary_key=True),
    Column("name", BYTES_TEXT, primary_key=True),
    Column("text", BYTES_TEXT, nullable=False),
    Column("named", Boolean, nullable=False),
    Column("allowed_for_strict", Boolean, nullable=False),
)

upload_presets = Table(
    "upload_presets",
    metadata,
    Column("cloud_id", ForeignKey("clouds.id", ondelete="CASCADE"), primary_key=True),
    Column("name", BYTES_TEXT, primary_key=True),
    Column("external_id", String(32), nullable=False),
    Column("unsigned", Boolean, nullable=False),
    Column("settings", JSON, nullable=False),
)

chunked_uploads = Table(
    "chunked_uploads",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("cloud_id", ForeignKey("clouds.id", ondelete="CASCADE"), nullable=False),
    Column("upload_id", Text, nullable=False),
    Column("resource_type", String(8), nullable=False),
    Column("public_id", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False, index=True),
    Column("params", JSON, nullable=False),
    Column("filename", Text),
    Column("total", BigInteger),
    Column("asset_id", String(32)),
    UniqueConstraint("cloud_id", "upload_id", "resource_type", name="uq_chunked_uploads_client"),
)

chunks = Table(
    "chunks",
    metadata,
    Column("upload", ForeignKey("chunked_uploads.id", ondelete="CASCADE"), primary_key=True),
    Column("first", BigInteger, primary_key=True),
    Column("last", BigInteger, nullable=False),
    Column("blob_key", String(64), nullable=False, index=True),
)

#: Its times are milliseconds: the order of jobs and the first retries are finer than a second.
jobs = Table(
    "jobs",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("cloud_id", ForeignKey("clouds.id", ondelete="CASCADE"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("payload", JSON, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    # When it may be taken; of a running job that is the end of its lease.
    Column("run_at", BigInteger, nullable=False),
    Column("blob_key", String(64), index=True),
    Column("attempts", Integer, nullable=False),
    Column("state", String(8), nullable=False),
    Column("error", Text, nullable=False),
    # Who holds the lease.
    Column("worker", String(32), nullable=False),
    Index("ix_jobs_due", "state", "run_at"),
)

metadata_fields = Table(
    "metadata_fields",
    metadata,
    Column("cloud_id", ForeignKey("clouds.id", ondelete="CASCADE"), primary_key=True),
    Column("external_id", BYTES_TEXT, primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    # Deleted fields stay for a while, so that their ids do not mean something else at once.
    Column("deleted_at", BigInteger),
    Column("definition", JSON, nullable=False),
)

metadata_rules = Table(
    "metadata_rules",
    metadata,
    Column("serial", IDENTITY, primary_key=True),
    Column("external_id", String(64), nullable=False, unique=True),
    Column("cloud_id", ForeignKey("clouds.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("metadata_field_id", BYTES_TEXT, nullable=False),
    Column("name", Text, nullable=False),
    Column("condition", JSON, nullable=False),
    Column("result", JSON, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("position", Integer),
)

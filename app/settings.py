"""One typed settings object, read from ``LENTICULAR_*`` environment variables.

Every field's description is its documentation: ``docs/settings.md`` is checked against it.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app.domain import addons
from app.domain import buckets as bucket_options
from app.domain.addons import AddonModel
from app.domain.buckets import Bucket
from app.domain.errors import BadRequest
from app.domain.notifications import parse_urls
from app.domain.rendering import RenderLimits

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

MEGABYTE = 1024 * 1024

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


class SettingsError(Exception):
    """The environment cannot be used; the text says which variable and why."""


class Settings(BaseSettings):
    """All settings of the service."""

    model_config = SettingsConfigDict(env_prefix="LENTICULAR_", frozen=True, extra="ignore")

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on.")
    data_dir: Path = Field(
        Path("data"), description="Directory of the database, the blobs and the generated secrets."
    )
    database_url: str = Field(
        "",
        description="SQLAlchemy URL: `sqlite:///…` or `postgresql://user:password@host/name`. "
        "Empty: SQLite in the data directory.",
    )
    cloud_name: str = Field("lenticular", description="Name of the first cloud.")
    api_key: str = Field("", description="API key of the first cloud. Empty: generated and kept.")
    api_secret: str = Field(
        "", description="API secret of the first cloud. Empty: generated and kept."
    )
    public_url: str = Field(
        "",
        description="What `url` and `secure_url` start with, e.g. `https://media.example`. "
        "Empty: taken from each request.",
    )
    tls_cert: Path | None = Field(None, description="PEM certificate chain; serves https.")
    tls_key: Path | None = Field(None, description="PEM private key of `TLS_CERT`.")
    fetch_allow_networks: Annotated[tuple[Network, ...], NoDecode] = Field(
        (), description="Comma-separated private networks that remote URLs may point into."
    )
    fetch_timeout: float = Field(
        30.0, gt=0, le=600, description="Seconds that fetching a remote URL may take in all."
    )
    fetch_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Proxies that the parameter `proxy` may name, comma-separated, such as "
        "`http://proxy.example:3128`. Credentials in them are used where a request gives none.",
    )
    buckets: Annotated[dict[str, Bucket], NoDecode] = Field(
        {},
        description="Buckets that `s3://`, `gs://` and `azure://` URLs may name: a JSON object of "
        "options by URL ([sources.md](sources.md)).",
    )
    max_image_bytes: int = Field(
        100 * MEGABYTE, ge=1024, description="Largest image that is accepted, in bytes."
    )
    max_raw_bytes: int = Field(
        1024 * MEGABYTE, ge=1024, description="Largest raw file that is accepted, in bytes."
    )
    max_video_bytes: int = Field(
        1024 * MEGABYTE, ge=1024, description="Largest video file that is accepted, in bytes."
    )
    max_pixels: int = Field(
        50_000_000, ge=10_000, description="Largest width × height that is decoded."
    )
    workers: int = Field(1, ge=1, le=64, description="Server processes.")
    threads: int = Field(
        0,
        ge=0,
        le=256,
        description="Decoding and tagging threads a process. 0: its cores and one more.",
    )
    log_format: Literal["console", "json"] = Field("console", description="Form of the log lines.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least severe level that is logged. `info` has a line a request."
    )
    trace_params: Path | None = Field(
        None,
        description="File that gets a JSON line for every API call: the names of the parameters "
        "that were sent and of those that were looked at. At log level `debug` the log names "
        "the ignored ones.",
    )
    models_dir: Path = Field(
        Path(__file__).resolve().parent.parent / "models", description="Directory of the models."
    )
    addons: Annotated[dict[str, AddonModel], NoDecode] = Field(
        {"imagga_tagging": AddonModel("lite2-int8")},
        description="Which engine answers for which add-on: `name=model`, comma-separated, or "
        "`name=model:thorough` for a closer look. A known add-on that is left out answers as one "
        "without subscription.",
    )
    detection: Annotated[dict[str, str], NoDecode] = Field(
        {},
        description="Which object detector answers for which model of `detection`: `name=model`, "
        "comma-separated, such as `coco=my-detector` "
        "([tagging.md](tagging.md#object-detection)). A known model that is left out answers as "
        "one without subscription.",
    )
    heads: Annotated[tuple[str, ...], NoDecode] = Field(
        ("lite2-core",),
        description="Linear heads that add scene, nature and people words, comma-separated, the "
        "first to know a word answers. Empty: none.",
    )
    colours: bool = Field(True, description="Whether dominant colours are named.")
    face_model: str = Field(
        "mtcnn", description="Face detector of `faces` and of close looks. Empty: none."
    )
    tag_shape: Literal["map", "string"] = Field(
        "map",
        description="Shape of `tag` when languages are asked for: a map by language, or the "
        "first language's word.",
    )
    admin_rate_limit: int = Field(
        1_000_000, ge=1, description="Admin API calls an hour that the rate headers report."
    )
    queue_size: int = Field(
        256, ge=1, description="Uploads a process keeps waiting before it answers 420."
    )
    read_timeout: float = Field(
        60.0, gt=0, description="Seconds without a byte after which a request body is given up."
    )
    render_threads: int = Field(
        0,
        ge=0,
        le=64,
        description="Images that a process derives at once. 0: its cores and one more.",
    )
    render_queue: int = Field(
        64, ge=0, description="Images that wait to be derived before others are answered 503."
    )
    render_budget: int = Field(
        52_000_000,
        ge=10_000,
        description="Pixels of originals and layers that a process derives images from at once. "
        "About 16 bytes each; one image and its layers may not have more.",
    )
    render_pixels_in: int = Field(
        50_000_000, ge=10_000, description="Largest width × height that images are derived from."
    )
    render_pixels_out: int = Field(
        25_000_000, ge=10_000, description="Largest width × height of any image on the way."
    )
    render_side: int = Field(20_000, ge=100, description="Largest side of a derived image.")
    render_frames: int = Field(500, ge=1, description="Most frames of a derived animation.")
    render_frame_pixels: int = Field(
        50_000_000, ge=10_000, description="Most pixels of an animation, all frames together."
    )
    render_layers: int = Field(20, ge=0, description="Most layers of a transformation.")
    render_components: int = Field(
        100, ge=1, description="Most components of a transformation, named ones written out."
    )
    render_text: int = Field(1000, ge=0, description="Most characters of a text layer.")
    render_length: int = Field(8192, ge=64, description="Most characters of a transformation.")
    fonts_dir: Path | None = Field(
        None, description="Directory of fonts for text layers beside those that are shipped."
    )
    memory_cache: int = Field(
        64 * MEGABYTE, ge=0, description="Bytes of ready images that a process keeps in memory."
    )
    derived_cache: int = Field(
        10 * 1024 * MEGABYTE,
        ge=MEGABYTE,
        description="Bytes of derived images that are kept; the least recently used ones go.",
    )
    max_age: int = Field(
        0,
        ge=0,
        description="Seconds that caches may keep what a URL without the current version shows.",
    )
    stale: int = Field(
        60, ge=0, description="Seconds beyond `MAX_AGE` that they may show it while they ask again."
    )
    fetch_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Hosts, with their subdomains, of remote images that delivery URLs may show, "
        "comma-separated. `*`: any public one. Empty: none.",
    )
    token_key: str = Field("", description="Key of delivery tokens, hexadecimal. Empty: none work.")
    cdn_hosts: Annotated[dict[str, str], NoDecode] = Field(
        {},
        description="Host names of one cloud each, `host=cloud` comma-separated: their delivery "
        "URLs leave the cloud out.",
    )
    job_places: int = Field(
        2,
        ge=1,
        le=64,
        description="Background jobs that a process runs at once; one while clients' work waits. "
        "Notifications have places of their own.",
    )
    job_attempts: int = Field(
        10, ge=1, le=100, description="Attempts after which a background job is given up."
    )
    job_retry_seconds: float = Field(
        10.0,
        gt=0,
        le=3600,
        description="Seconds until a failed background job is tried again. Each further wait is "
        "twice as long, up to an hour.",
    )
    job_lease: float = Field(
        30.0,
        ge=1,
        description="Seconds after which the background jobs of a process that died are taken up "
        "by another.",
    )
    job_keep_days: float = Field(
        30.0, ge=0, description="Days that background jobs that were given up are kept."
    )
    notification_url: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Where notifications go when a request has no `notification_url`; several "
        "are separated by a vertical bar. Empty: nowhere.",
    )
    webhook_allow_networks: Annotated[tuple[Network, ...], NoDecode] = Field(
        (), description="Comma-separated private networks that notifications may be sent into."
    )
    webhook_timeout: float = Field(
        10.0, gt=0, le=120, description="Seconds that sending a notification may take."
    )
    webhook_signature: Literal["sha1", "sha256"] = Field(
        "sha1", description="Digest of the signatures of notifications."
    )
    accel_prefix: str = Field(
        "",
        description="Path under which an nginx in front serves the `blobs` directory internally "
        "(`X-Accel-Redirect`), such as `/blobs`. Empty: files are sent by the service itself.",
    )

    @field_validator("cloud_name", "api_key")
    @classmethod
    def _name(cls, value: str) -> str:
        if value and not _NAME.fullmatch(value):
            raise ValueError("letters, digits, '-' and '_' only, 64 at most")
        return value

    @field_validator("api_secret")
    @classmethod
    def _secret(cls, value: str) -> str:
        if value and not re.fullmatch(r"[A-Za-z0-9_-]{8,128}", value):
            raise ValueError("8 to 128 letters, digits, '-' and '_' (it stands in a URL)")
        return value

    @field_validator("public_url")
    @classmethod
    def _public_url(cls, value: str) -> str:
        if value and not re.fullmatch(r"https?://[^/?#\s]+(/[^?#\s]*)?", value):
            raise ValueError("an http or https URL without query, such as https://media.example")
        return value.rstrip("/")

    @field_validator("database_url")
    @classmethod
    def _database_url(cls, value: str) -> str:
        if value and not re.match(r"(sqlite|postgres(ql)?)(\+\w+)?:", value):
            raise ValueError("only sqlite:///… and postgresql://… are supported")
        return value

    @field_validator("fetch_allow_networks", "webhook_allow_networks", mode="before")
    @classmethod
    def _networks(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(
                ipaddress.ip_network(item.strip(), strict=False)
                for item in value.split(",")
                if item.strip()
            )
        return value

    @field_validator("buckets", mode="before")
    @classmethod
    def _buckets(cls, value: Any) -> Any:
        return bucket_options.parse(value) if isinstance(value, str) else value

    @field_validator("fetch_proxies")
    @classmethod
    def _fetch_proxies(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(re.fullmatch(r"https?://[^/?#\s]+/?", url) for url in value):
            raise ValueError("http or https URLs such as http://proxy.example:3128")
        return value

    @field_validator("notification_url", mode="before")
    @classmethod
    def _notification_url(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return parse_urls(value)
        except BadRequest as error:
            raise ValueError(error.message) from error

    @field_validator("addons", mode="before")
    @classmethod
    def _addons(cls, value: Any) -> Any:
        return addons.parse_addon_models(value) if isinstance(value, str) else value

    @field_validator("detection", mode="before")
    @classmethod
    def _detection(cls, value: Any) -> Any:
        return addons.parse_detection_models(value) if isinstance(value, str) else value

    @field_validator("token_key")
    @classmethod
    def _token_key(cls, value: str) -> str:
        if value and not re.fullmatch(r"([0-9A-Fa-f]{2}){4,64}", value):
            raise ValueError("4 to 64 bytes as hexadecimal digits")
        return value

    @field_validator("accel_prefix")
    @classmethod
    def _accel_prefix(cls, value: str) -> str:
        if value and not re.fullmatch(r"(/[A-Za-z0-9_-]+)+/?", value):
            raise ValueError("a path such as /blobs")
        return value.rstrip("/")

    @field_validator("cdn_hosts", mode="before")
    @classmethod
    def _cdn_hosts(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        pairs = [item.strip().partition("=") for item in value.split(",") if item.strip()]
        if not all(host and _NAME.fullmatch(cloud) for host, _, cloud in pairs):
            raise ValueError("host=cloud, comma-separated")
        return {host.lower(): cloud for host, _, cloud in pairs}

    @field_validator("heads", "fetch_hosts", "fetch_proxies", mode="before")
    @classmethod
    def _names(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(dict.fromkeys(filter(None, map(str.strip, value.split(",")))))
        return value

    @model_validator(mode="after")
    def _pairs(self) -> Settings:
        if bool(self.tls_cert) != bool(self.tls_key):
            raise ValueError("TLS_CERT and TLS_KEY must be set together")
        for file in (self.tls_cert, self.tls_key):
            if file and not file.is_file():
                raise ValueError(f"TLS file {file} does not exist")
        if bool(self.api_key) != bool(self.api_secret):
            raise ValueError("API_KEY and API_SECRET must be set together")
        return self

    @property
    def render_limits(self) -> RenderLimits:
        """The bounds of one rendering: the settings named after its fields."""
        return RenderLimits(
            **{field.name: getattr(self, f"render_{field.name}") for field in fields(RenderLimits)}
        )

    @property
    def effective_database_url(self) -> str:
        """The database URL with the default filled in."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'lenticular.db'}"


def load() -> Settings:
    """Read the environment.

    Raises:
        SettingsError: naming every variable that is wrong.
    """
    try:
        return Settings()
    except ValidationError as error:
        lines = []
        for item in error.errors():
            where = "_".join(str(part) for part in item["loc"]).upper()
            name = f"LENTICULAR_{where}: " if where else "LENTICULAR_*: "
            lines.append(name + item["msg"].removeprefix("Value error, "))
        raise SettingsError("\n".join(lines)) from error

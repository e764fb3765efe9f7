"""What the routes are given: the use cases and the few settings that HTTP needs."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import cast

from starlette.requests import Request

from app.domain.ports import BlobInfo, BlobStore, IncomingBlob, RemoteFetcher
from app.domain.unit_of_work import UnitOfWork
from app.services.accounts import Accounts
from app.services.archives import Archives
from app.services.chunked_upload import ChunkedUploads
from app.services.delivery import Delivery
from app.services.eager import EagerDerivatives
from app.services.explode import Explode
from app.services.jobs import JobAdministration
from app.services.library import Library
from app.services.metadata_commands import MetadataCommands
from app.services.metadata_fields import MetadataFields
from app.services.metadata_rules import MetadataRules
from app.services.multi import Multis
from app.services.notifications import Notifications
from app.services.presets import Presets
from app.services.rename import RenameAsset
from app.services.sprites import Sprites
from app.services.tag_commands import TagCommands
from app.services.text_images import TextImages
from app.services.transformations import Transformations
from app.services.update import UpdateAsset
from app.services.upload import UploadAsset
from app.services.versions import Versions


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """Settings that only HTTP knows of (see ``app/settings.py``).

    Attributes:
        default_cloud: of delivery URLs without one.
        cdn_hosts: host names to the one cloud that they deliver.
        max_age, stale: seconds that caches may show what a URL without the current version
            shows, and may go on showing it while they ask again.
        accel_prefix: path under which a proxy in front serves blobs; empty without one.
    """

    public_url: str = ""
    tag_shape: str = "map"
    admin_rate_limit: int = 1_000_000
    read_timeout: float = 60.0
    default_cloud: str = "lenticular"
    cdn_hosts: Mapping[str, str] = field(default_factory=dict)
    max_age: int = 0
    stale: int = 60
    accel_prefix: str = ""


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a route can call.

    Attributes:
        background: runs a work that adds jobs, and wakes the queue once they are there.
        keep: makes a blob durable.
        reopen: the bytes of a durable blob on their way in once more.
        clock: Unix seconds.
        count_admin_call: counts one Admin call of a cloud; the number in this hour.
        ready: raises if the service cannot serve.
    """

    accounts: Accounts
    upload: UploadAsset
    chunks: ChunkedUploads
    update: UpdateAsset
    rename: RenameAsset
    library: Library
    tag_commands: TagCommands
    metadata_commands: MetadataCommands
    metadata_fields: MetadataFields
    metadata_rules: MetadataRules
    presets: Presets
    transformations: Transformations
    delivery: Delivery
    jobs: JobAdministration
    notifications: Notifications
    blobs: BlobStore
    fetcher: RemoteFetcher
    eager: EagerDerivatives
    versions: Versions
    texts: TextImages
    sprites: Sprites
    multis: Multis
    explode: Explode
    archives: Archives
    background: Callable[[Callable[[UnitOfWork], None]], Awaitable[None]]
    keep: Callable[[IncomingBlob], Awaitable[BlobInfo]]
    reopen: Callable[[str], Awaitable[IncomingBlob]]
    count_admin_call: Callable[[str], int]
    ready: Callable[[], Awaitable[None]]
    http: HttpSettings
    clock: Callable[[], float] = time.time


def services(request: Request) -> Services:
    """The services of the application that serves ``request``."""
    return cast(Services, request.app.state.services)

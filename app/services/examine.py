"""What an uploaded file is, what it becomes, and what is known of it then (CONTRACT B)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.domain import formats, public_ids
from app.domain.accounts import Cloud
from app.domain.assets import ResourceType
from app.domain.errors import BadRequest, InvalidImage
from app.domain.facts import FileFacts, MediaInfo
from app.domain.images import MediaKind
from app.domain.ports import Imager, IncomingBlob, Workers
from app.services.blobs import head
from app.services.categorize import Categorizer, Look, Wanted
from app.services.incoming import Incoming, IncomingTransformations


@dataclass(frozen=True, slots=True)
class File:
    """A file on its way in.

    Attributes:
        resource_type: what it is stored as.
        format: normalised, by its bytes; by its name for raw files.
        stem, extension: of its name.
    """

    blob: IncomingBlob
    resource_type: ResourceType
    format: str
    stem: str
    extension: str


@dataclass(frozen=True, slots=True)
class Examined:
    """A file as it is to be stored.

    Attributes:
        blob: its bytes; another one than the file's where these were transformed.
        look: what a picture shows; ``None`` for other files.
        media: what a video or audio file consists of; ``None`` for other files.
    """

    blob: IncomingBlob
    look: Look | None = None
    media: MediaInfo | None = None


@dataclass(frozen=True, slots=True)
class SizeLimits:
    """Largest accepted files in bytes."""

    image: int
    raw: int
    video: int

    def of(self, endpoint: str) -> int:
        """The largest file that an endpoint takes; ``auto`` takes what any does."""
        named = {"image": self.image, "raw": self.raw, "video": self.video}
        return named.get(endpoint, max(named.values()))

    def check(self, resource_type: ResourceType, size: int) -> None:
        """Refuse a file that is too large.

        Raises:
            BadRequest: ``File size too large …``.
        """
        limit = self.of(resource_type)
        if size > limit:
            raise BadRequest(f"File size too large. Got {size}. Maximum is {limit}.")


class Examiner:
    """Looks at files before they are stored."""

    def __init__(
        self,
        imager: Imager,
        categorizer: Categorizer,
        facts: FileFacts,
        incoming: IncomingTransformations,
        workers: Workers,
        limits: SizeLimits,
    ) -> None:
        self._imager = imager
        self._categorizer = categorizer
        self._facts = facts
        self._workers = workers
        self._incoming = incoming
        self.limits = limits

    def identify(self, blob: IncomingBlob, filename: str, endpoint: str) -> File:
        """What a file is.

        Args:
            endpoint: resource type of the request; ``auto`` lets the bytes decide.

        Raises:
            BadRequest: it is empty, too large, or the endpoint does not take such files.
        """
        if blob.size == 0:
            raise BadRequest("Empty file")
        kind, detected = self._imager.sniff(head(blob.source()))
        resource_type = decide_resource_type(endpoint, kind, detected)
        self.limits.check(resource_type, blob.size)
        stem, extension = public_ids.split_filename(filename)
        file_format = extension if resource_type == "raw" else detected
        return File(blob, resource_type, file_format, stem, extension)

    async def examine(
        self,
        file: File,
        cloud: Cloud,
        wanted: Wanted,
        incoming: Incoming,
        allowed_formats: tuple[str, ...],
    ) -> Examined:
        """Transform a file if that is wanted, and look at what comes of it.

        A picture gets its fingerprint whether it is wanted or not: later ones are compared
        with it.

        Raises:
            BadRequest: it is damaged, of a format that is not allowed, or cannot be transformed.
            RateLimited: an add-on without subscription, or overload.
        """
        incoming = _with_format(incoming, file, allowed_formats)
        if file.resource_type != "image":
            if incoming.transformation is not None:
                kind = file.resource_type
                raise BadRequest(f"Transformations of {kind} files are not supported")
            return Examined(file.blob, media=await self._media(file))
        wanted = replace(wanted, analyses=wanted.analyses | {"phash"})
        if not incoming:
            return Examined(
                file.blob, await self._categorizer.look(file.blob.source(), wanted, cloud)
            )
        needed = Wanted(faces=incoming.wants_faces and not incoming.faces)
        before = await self._categorizer.look(file.blob.source(), needed, cloud)
        if faces := before.face_boxes():
            incoming = replace(incoming, faces=faces)
        blob = await self._incoming(cloud, file.blob, before.inspection, incoming)
        try:
            self.limits.check("image", blob.size)
            return Examined(blob, await self._categorizer.look(blob.source(), wanted, cloud))
        except BaseException:
            blob.discard()
            raise

    async def _media(self, file: File) -> MediaInfo | None:
        if file.resource_type != "video":
            return None
        return await self._workers.io(self._facts.probe, file.blob.source(), file.format)


def decide_resource_type(endpoint: str, kind: MediaKind, detected: str) -> ResourceType:
    """What an upload to ``endpoint`` becomes, by what its bytes are.

    Raises:
        BadRequest: the endpoint does not take such files.
    """
    if endpoint == "raw":
        return "raw"
    if kind in ("audio", "video") and endpoint in ("video", "auto"):
        return "video"
    if endpoint == "video":
        raise BadRequest("Unsupported video format or file")
    if kind in ("image", "pdf"):
        return "image"
    if kind == "svg":
        raise InvalidImage(f"Invalid image file - {detected} is not supported")
    if endpoint == "image":
        raise InvalidImage
    return "raw"


def _with_format(incoming: Incoming, file: File, allowed_formats: tuple[str, ...]) -> Incoming:
    """What is to become of a file, its format settled.

    ``format`` converts; beside ``allowed_formats`` it converts only what is not among them.

    Raises:
        BadRequest: the format is not allowed, or cannot be converted to.
    """
    allowed = {formats.normalise(name.lower()) for name in allowed_formats}
    present = formats.normalise(file.format)
    wished = incoming.format if file.resource_type != "raw" else ""
    if wished == present or (allowed and present in allowed):
        wished = ""
    final = wished or present
    if allowed and final not in allowed:
        kind = file.resource_type.capitalize()
        raise BadRequest(f"{kind} file format {file.format} not allowed")
    if wished and file.resource_type == "video":
        if wished not in formats.MEDIA:
            raise BadRequest(f"Invalid value {wished} for parameter video_file_type")
        raise BadRequest("Transformations of video files are not supported")
    if wished and not formats.is_written(wished):
        raise BadRequest(f"Invalid value {wished} for parameter format")
    return replace(incoming, format=wished)

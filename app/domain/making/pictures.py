"""Pictures that are put together: sprites and animations (CONTRACT D9)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from app.domain import formats, public_ids
from app.domain.assets import AssetKey
from app.domain.errors import BadRequest
from app.domain.params import Params
from app.domain.rendering import RenderLimits
from app.domain.transformation import canonical
from app.domain.transformation.facts import Facts
from app.domain.transformation.grammar import parse
from app.domain.transformation.nodes import Component, Node, Transformation
from app.domain.transformation.scope import Scope
from app.domain.transformation.steps import Output
from app.domain.transformation.vocabulary import PIXEL_FLAGS

#: Pictures in one sprite or animation. Of a tag with more the first ones are taken, as the
#: documents say; longer lists of URLs are refused.
MAX_PICTURES = 500

#: Characters of a tag.
MAX_TAG = 255

#: Characters of a remote URL.
MAX_URL = 2000

#: Delivery types of what is made.
SPRITE, MULTI = "sprite", "multi"

#: Extensions of the files that come with a sprite's sheet.
COMPANIONS = ("css", "json")

#: What a sprite or animation is written as.
SPRITE_FORMATS = frozenset(("png", "jpg", "webp", "avif", "gif", "bmp", "tif"))
MULTI_FORMATS = frozenset(("gif", "png", "webp", "avif", "pdf"))

#: Videos, which clients may ask for and which are not made here.
_VIDEOS = frozenset(("mp4", "webm", "ogv", "mov", "m3u8", "mpd"))

#: Parameters that say how the whole is written, not what is done to each picture.
_WRITING = frozenset(("f", "q", "dl", "cs"))

#: What they may refer to, although no picture has been made yet.
_NO_PICTURE = Facts(1, 1, 1, 1)


@dataclass(frozen=True, slots=True)
class PicturesOrder:
    """Pictures that are to be put together.

    Attributes:
        tag: of the pictures; empty where ``urls`` are given.
        urls: of remote pictures.
        transformation: canonical, with what ``format`` asks for in it; named ones by their names.
        public_id: of the result; empty for one that is made of the name and the transformation.
        download: whether the result itself is to be the answer.
    """

    tag: str
    urls: tuple[str, ...]
    transformation: Transformation
    public_id: str = ""
    download: bool = False

    @property
    def shown_transformation(self) -> str:
        """What stands in its URLs before the version; nothing where its public id is given."""
        return "" if self.public_id else self.transformation.text

    @property
    def name(self) -> str:
        """What it is called in URLs: its public id, the tag, or a digest of it or of the URLs.

        A digest stands in for a tag that could not be a public id: one name for each tag, and
        no URL with characters that browsers resolve away.
        """
        if self.public_id:
            return self.public_id
        if self.urls:
            return _digest("\n".join(self.urls))
        try:
            return public_ids.check(self.tag)
        except BadRequest:
            return _digest(self.tag)


def made_id(name: str, *parts: str) -> str:
    """The public id of what was made: its name, then what tells it from its siblings.

    Public ids name the tag, the format and the transformation (``logo,webp,f_webp``); empty
    parts are left out. What could not stand in a public id is there by its digest.
    """
    given = [part for part in parts if part]
    wanted = ",".join((name, *given))
    try:
        public_ids.check(f"{wanted}.json")  # the longest that one of them becomes
    except BadRequest:
        return f"{name},{_digest(','.join(given))}" if len(name) < 200 else _digest(wanted)
    return wanted


def sprite_id(name: str, transformation: str) -> str:
    """The public id of a sprite's sheet; with ``.css`` and ``.json`` that of its companions.

    Where the public id is given, it is the name itself.
    """
    return made_id(name, transformation)


def multi_id(name: str, extension: str, transformation: str) -> str:
    """The public id of an animation or PDF."""
    return made_id(name, extension, transformation)


def delivered(type: str, name: str, transformation: str) -> tuple[AssetKey, ...]:
    """The assets that a delivery URL of type ``sprite`` or ``multi`` may name, the likeliest first.

    What it names has been transformed already: it is sent as it is.

    Args:
        name: what stands last in the URL, ``logo.css``, ``logo.gif``.
        transformation: canonical text of the URL's.
    """
    stem, dot, extension = name.rpartition(".")
    if not dot or "/" in extension:
        stem, extension = name, ""
    extension = formats.normalise(extension)
    if type == MULTI:
        made = AssetKey("image", MULTI, multi_id(stem, extension or "gif", transformation))
        # Under its public id, which was given, or is taken from a listing.
        return (made, AssetKey("image", MULTI, stem))
    id = sprite_id(stem, transformation)
    if extension in COMPANIONS:
        return (AssetKey("raw", SPRITE, f"{id}.{extension}"),)
    return (AssetKey("image", SPRITE, id),)


def parse_sprite(params: Params, limits: RenderLimits) -> PicturesOrder:
    """Read a sprite's order.

    Raises:
        BadRequest: neither or both of ``tag`` and ``urls``, or a value that is wrong.
    """
    return _parse(params, limits, SPRITE_FORMATS)


def parse_multi(params: Params, limits: RenderLimits) -> PicturesOrder:
    """Read an animation's order.

    Raises:
        BadRequest: as :func:`parse_sprite`; a video is asked for, which is not made.
    """
    return _parse(params, limits, MULTI_FORMATS)


def parted(transformation: Transformation, limits: RenderLimits) -> tuple[Transformation, Output]:
    """Part what is done to each picture from how the whole is written.

    Args:
        transformation: without named ones.

    Returns:
        A transformation without ``f q dl cs``, ``e_loop`` and flags of files, and what these say.

    Raises:
        BadRequest: a value of these cannot be calculated.
    """
    scope = Scope(limits=limits)
    nodes: list[Node] = []
    for node in transformation.nodes:
        if not isinstance(node, Component):
            nodes.append(node)
            continue
        writing = {name for name in node.params if name in _WRITING}
        if node.params.get("e", "").partition(":")[0] == "loop":
            writing.add("e")
        said = {name: node.params[name] for name in writing}
        scope.step(canonical.component(said, node.flags, node.variables), _NO_PICTURE)
        done = canonical.component(
            {name: value for name, value in node.params.items() if name not in writing},
            {name: value for name, value in node.flags.items() if name in PIXEL_FLAGS},
            node.variables,
        )
        if done.text:
            nodes.append(done)
    return Transformation(canonical.text(nodes), tuple(nodes)), scope.output


def chosen_format(output: Output, default: str, offered: frozenset[str]) -> str:
    """The format to write.

    Raises:
        BadRequest: ``f_`` asks for one that is not offered.
    """
    named = output.format not in ("", "auto")
    return _offered(output.format, offered) if named else default


def _parse(params: Params, limits: RenderLimits, offered: frozenset[str]) -> PicturesOrder:
    tag = params.text("tag").strip()
    urls = tuple(params.items("urls"))
    if bool(tag) == bool(urls):
        raise BadRequest("Missing required parameter - tag" if not tag else _BOTH)
    if len(tag) > MAX_TAG:
        raise BadRequest(f"Tag is longer than {MAX_TAG} characters")
    if len(urls) > MAX_PICTURES:
        raise BadRequest(f"Too many urls. Got {len(urls)}. Maximum is {MAX_PICTURES}.")
    if any(len(url) > MAX_URL for url in urls):
        raise BadRequest(f"Remote URL is longer than {MAX_URL} characters")
    mode = params.text("mode").strip()
    if mode not in ("", "create", "download"):
        raise BadRequest(f"Invalid value {mode} for parameter mode")
    text = params.text("transformation")
    if given := params.text("format").strip():
        text = _with_format(text, _offered(formats.normalise(given), offered))
    download, public_id = mode == "download", params.text("public_id")
    if public_id and download:
        raise BadRequest("public_id cannot be used with mode=download")
    if public_id:
        public_ids.check(f"{public_id}.json")  # the longest that is called like it
    return PicturesOrder(tag, urls, parse(text, limits), public_id, download)


def _with_format(text: str, extension: str) -> str:
    """A transformation with ``f_``, where SDKs put it: ``f_jpg,w_100``."""
    if not text.strip("/"):
        return f"f_{extension}"
    return f"{text}{'/' if '/' in text else ','}f_{extension}"


def _offered(extension: str, offered: frozenset[str]) -> str:
    if extension in _VIDEOS:
        raise BadRequest(
            f"Invalid value {extension} for parameter format: videos are not made of images"
        )
    if extension not in offered:
        raise BadRequest(f"Invalid value {extension} for parameter format")
    return extension


_BOTH = "Either tag or urls can be given, not both"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]

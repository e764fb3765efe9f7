"""Derived images: what is kept of the renderings of an asset."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

#: What may follow a transformation's text after a slash: no component is without underscore.
_EXTENSION = re.compile(r"[A-Za-z0-9]{0,10}")


@dataclass(frozen=True, slots=True)
class Derivative:
    """One rendering that is kept.

    Attributes:
        id: 32 hex digits, by which clients delete it.
        asset_id: the asset that it was made from.
        key: SHA-256 in hex of everything that its bytes depend on; unique within the asset.
        transformation: canonical text as asked for, e.g. ``c_fill,h_75,w_75`` or ``t_thumb``.
        format: extension of what it is.
        extension: extension of its URL, empty if the URL has none.
        width, height: pixels.
        bytes: size of the file.
        etag: MD5 of the file, lower-case hex.
        blob_key: SHA-256 of the file, its address in the blob store.
        created_at, used_at: UTC; ``used_at`` is exact to some minutes.
    """

    id: str
    asset_id: str
    key: str
    transformation: str
    format: str
    extension: str
    width: int
    height: int
    bytes: int
    etag: str
    blob_key: str
    created_at: datetime
    used_at: datetime


@dataclass(frozen=True, slots=True)
class NamedTransformation:
    """A transformation of a cloud that has been given a name, or was allowed by itself.

    Attributes:
        name: without ``t_``; for an unnamed one its canonical text, with ``/<extension>`` if any.
        text: the canonical transformation.
        named: whether clients call it by ``t_<name>``.
        allowed_for_strict: whether strict mode lets unsigned URLs use it.
    """

    name: str
    text: str
    named: bool = True
    allowed_for_strict: bool = False


@dataclass(frozen=True, slots=True)
class TransformationName:
    """How an unnamed transformation is called: its text, and the extension it is delivered with.

    Attributes:
        text: the canonical transformation.
        extension: of the URL, empty for none; ``None`` where the name leaves it open.
    """

    text: str
    extension: str | None = None

    @classmethod
    def split(cls, name: str) -> TransformationName:
        """Read ``c_fill,w_75/jpg``; ``c_fill,w_75/`` stands for URLs without an extension."""
        text, slash, extension = name.rpartition("/")
        if slash and text and _EXTENSION.fullmatch(extension):
            return cls(text, extension.lower())
        return cls(name)

    @property
    def name(self) -> str:
        """``c_fill,w_75/jpg``, or the text alone where there is no extension."""
        return f"{self.text}/{self.extension}" if self.extension else self.text


@dataclass(frozen=True, slots=True)
class TransformationUse:
    """How many derivatives a transformation has in a cloud, under one extension."""

    text: str
    extension: str
    derivatives: int

    @property
    def name(self) -> str:
        """As an unnamed transformation is called."""
        return TransformationName(self.text, self.extension).name

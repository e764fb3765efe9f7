"""Clouds (tenants) and their API keys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from app.domain.detail import Detail

#: Which transformations unsigned delivery URLs may ask for: ``open``, all of them; ``strict``,
#: those that are stored already or were allowed; ``signed``, none.
DeliveryMode: TypeAlias = Literal["open", "strict", "signed"]

DELIVERY_MODES: tuple[DeliveryMode, ...] = ("open", "strict", "signed")

#: What folders are: ``dynamic``, places in the library that public ids do not know of; ``fixed``,
#: the part of the public id before the last slash.
FolderMode: TypeAlias = Literal["dynamic", "fixed"]

FOLDER_MODES: tuple[FolderMode, ...] = ("dynamic", "fixed")


def parse_folder_mode(text: str) -> FolderMode:
    """Read a mode.

    Raises:
        ValueError: it is none of :data:`FOLDER_MODES`; the text names them.
    """
    for mode in FOLDER_MODES:
        if text == mode:
            return mode
    raise ValueError(f"{text!r} is not one of {', '.join(FOLDER_MODES)}")


def parse_delivery_mode(text: str) -> DeliveryMode:
    """Read a mode.

    Raises:
        ValueError: it is none of :data:`DELIVERY_MODES`; the text names them.
    """
    for mode in DELIVERY_MODES:
        if text == mode:
            return mode
    raise ValueError(f"{text!r} is not one of {', '.join(DELIVERY_MODES)}")


@dataclass(frozen=True, slots=True)
class Cloud:
    """A product environment: the ``<cloud>`` of every URL.

    Attributes:
        default_preset: upload preset for signed uploads that name none; empty for none.
        detail: how closely add-ons look at its pictures where nothing else says.
        delivery: which transformations its unsigned delivery URLs may ask for.
        folder_mode: what folders are.
    """

    id: int
    name: str
    created_at: datetime
    enabled: bool = True
    default_preset: str = ""
    detail: Detail = "fast"
    delivery: DeliveryMode = "open"
    folder_mode: FolderMode = "dynamic"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key with its secret.

    The secret is stored in clear: both sides must compute ``sha(parameters + secret)``,
    so a hash of it would not do.
    """

    key: str
    secret: str
    cloud: Cloud
    created_at: datetime
    enabled: bool = True

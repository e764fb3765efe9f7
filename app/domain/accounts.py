"""Clouds (tenants) and their API keys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.domain.detail import Detail


@dataclass(frozen=True, slots=True)
class Cloud:
    """A product environment: the ``<cloud>`` of every URL.

    Attributes:
        default_preset: upload preset for signed uploads that name none; empty for none.
        detail: how closely add-ons look at its pictures where nothing else says.
    """

    id: int
    name: str
    created_at: datetime
    enabled: bool = True
    default_preset: str = ""
    detail: Detail = "fast"


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

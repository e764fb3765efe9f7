"""Details of assets that were rendered before (hot reads return ready bytes)."""

from __future__ import annotations

from typing import TypeAlias

from app.api.render import Renderer
from app.domain.assets import Asset
from app.services.library import Details

_Shown: TypeAlias = tuple[tuple[tuple[str, str], ...], str | None]


class ReadyDetails:
    """Rendered details of assets that were read before.

    An entry serves as long as the library hands out the very same object, that is while the
    database says that nothing about the asset has changed, with the same derivatives.
    """

    LIMIT = 2000

    def __init__(self) -> None:
        self._bodies: dict[tuple[object, ...], tuple[Asset, _Shown, bytes]] = {}

    def get(self, details: Details, renderer: Renderer) -> bytes | None:
        """The body that was rendered from this object, if any."""
        found = self._bodies.get(renderer.name(details.asset))
        if found is None or found[0] is not details.asset or found[1] != _shown(details):
            return None
        return found[2]

    def put(self, details: Details, renderer: Renderer, body: bytes) -> None:
        """Remember a body; the oldest goes when there are too many."""
        if len(self._bodies) >= self.LIMIT:
            del self._bodies[next(iter(self._bodies))]
        entry = (details.asset, _shown(details), body)
        self._bodies[renderer.name(details.asset)] = entry


def _shown(details: Details) -> _Shown:
    """What of the derivatives stands in a reply: not when they were used."""
    shown = tuple((item.id, item.etag) for item in details.derived)
    return shown, details.next_cursor

"""What named transformations stand for in a cloud."""

from __future__ import annotations

from app.domain.accounts import Cloud
from app.domain.rendering import RenderLimits
from app.domain.transformation import grammar, named
from app.domain.transformation.nodes import Transformation
from app.domain.unit_of_work import Database, UnitOfWork


async def expand(
    database: Database, cloud: Cloud, transformation: Transformation, limits: RenderLimits
) -> Transformation:
    """The transformation with what its named ones stand for now.

    Raises:
        BadRequest: there is no such named transformation, or what comes of it is beyond a limit.
    """
    if not named.names(transformation):
        return transformation
    texts = await database.read_hot(lambda unit: _definitions(unit, cloud, transformation, limits))
    return named.expand(transformation, texts, limits)


def _definitions(
    unit: UnitOfWork, cloud: Cloud, transformation: Transformation, limits: RenderLimits
) -> dict[str, str]:
    """The named transformations that one calls, and those that these call, to their texts."""
    found: dict[str, str] = {}
    wanted = set(named.names(transformation))
    while wanted and len(found) <= limits.components:
        name = wanted.pop()
        item = unit.transformations.get(cloud.id, name)
        if item is not None and item.named:
            found[name] = item.text
            wanted |= named.names(grammar.parse(item.text, limits)) - found.keys()
    return found

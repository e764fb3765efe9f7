"""Use cases of transformations as things of their own: named, allowed, used (CONTRACT E10)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any

from app.domain import cursors
from app.domain.accounts import Cloud
from app.domain.assets import Asset
from app.domain.derivatives import Derivative, NamedTransformation, TransformationName
from app.domain.errors import BadRequest, Conflict, Forbidden, NotFound
from app.domain.rendering import RenderLimits
from app.domain.transformation.grammar import parse
from app.domain.transformation.info import info
from app.domain.unit_of_work import Database, UnitOfWork
from app.services.blobs import BlobJanitor

#: Derivatives with which a named transformation can no longer be deleted.
MAX_DERIVED = 1000

#: How URLs call a named transformation. Several of them may be joined with dots.
_CALL = "t_"

#: Not those with a meaning in URLs: slashes, commas, dots, colons …
_NAME = re.compile(r"\w(?:[\w -]{0,253}[\w-])?")


@dataclass(frozen=True, slots=True)
class Listed:
    """A transformation as listings show it."""

    transformation: NamedTransformation
    used: bool

    @property
    def name(self) -> str:
        """With ``t_`` for a named one."""
        return shown_name(self.transformation)


@dataclass(frozen=True, slots=True)
class TransformationDetails:
    """A transformation with what was made by it.

    Attributes:
        info: its components as the SDKs' options.
        derived: one page of the derivatives that were asked for by it alone, with their assets.
        next_cursor: of the next page; ``None`` on the last one.
    """

    listed: Listed
    info: list[dict[str, Any]]
    derived: tuple[tuple[Asset, Derivative], ...] = ()
    next_cursor: str | None = None


class Transformations:
    """The transformations of all clouds."""

    def __init__(self, database: Database, janitor: BlobJanitor, limits: RenderLimits) -> None:
        self._database = database
        self._janitor = janitor
        self._limits = limits

    @property
    def limits(self) -> RenderLimits:
        """Bounds of transformations."""
        return self._limits

    def selected(self, texts: Iterable[str]) -> tuple[TransformationName, ...]:
        """The transformations that a delete call names, in their canonical form.

        Raises:
            BadRequest: one of them cannot be understood.
        """
        return tuple(self._canonical(text) for text in texts)

    async def page(
        self, cloud: Cloud, *, named: bool | None, limit: int, token: str = ""
    ) -> tuple[list[Listed], str | None]:
        """One page of the transformations, named ones first, and the cursor of the next.

        Args:
            named: only those with, or without a name; ``None`` for all.

        Raises:
            BadRequest: the cursor is not one of this listing.
        """
        start = _Place(named is not False, "")
        if token:
            match cursors.unpack(token):
                case ["transformations", "named", str(name)] if named is not False:
                    start = _Place(True, name)
                case ["transformations", "unnamed", str(name)] if named is not True:
                    start = _Place(False, name)
                case _:
                    raise BadRequest("Invalid value for parameter next_cursor")

        def work(unit: UnitOfWork) -> list[Listed]:
            found = _named(unit, cloud, limit + 1, start.after) if start.named else []
            if named is not True and len(found) <= limit:
                after = "" if start.named else start.after
                found += _unnamed(unit, cloud, limit + 1 - len(found), after)
            return found

        found = await self._database.read(work)
        if len(found) <= limit:
            return found, None
        last = found[limit - 1].transformation
        kind = "named" if last.named else "unnamed"
        return found[:limit], cursors.pack(["transformations", kind, last.name])

    async def get(
        self, cloud: Cloud, name: str, limit: int, token: str = ""
    ) -> TransformationDetails:
        """A transformation by name or text, with a page of its derivatives.

        Raises:
            NotFound: ``Resource not found - <name>``: neither stored nor in use.
            BadRequest: the cursor is not one of this transformation.
        """

        def work(unit: UnitOfWork) -> TransformationDetails:
            found = self._existing(unit, cloud, name)
            after = ("", "")
            if token:
                match cursors.unpack(token):
                    case ["made_by", str(of), str(extension), str(id)] if of == found.name:
                        after = (extension, id)
                    case _:
                        raise BadRequest("Invalid value for parameter next_cursor")
            made = _made_by(found)
            derived = unit.derivatives.by_transformation(cloud.id, made, limit + 1, after)
            cursor = None
            if len(derived) > limit:
                last = derived[limit - 1][1]
                cursor = cursors.pack(["made_by", found.name, last.extension, last.id])
            used = bool(_texts_through(unit, cloud, found) if found.named else derived)
            listed = Listed(found, used or bool(derived))
            return TransformationDetails(listed, info(found.text), tuple(derived[:limit]), cursor)

        return await self._database.read(work)

    async def create(
        self, cloud: Cloud, name: str, text: str, *, allowed_for_strict: bool = False
    ) -> NamedTransformation:
        """Give a transformation a name; or, called by its own text, only its setting.

        Raises:
            Conflict: there is one of that name.
            BadRequest: the transformation or the name cannot be used.
        """
        created = self._new(name, text, allowed_for_strict)

        def work(unit: UnitOfWork) -> None:
            if unit.transformations.get(cloud.id, created.name) is not None:
                raise Conflict(f"Transformation {shown_name(created)} already exists")
            _check_acyclic(unit, cloud, created)
            unit.transformations.put(cloud.id, created)

        await self._database.write(work)
        return created

    async def update(
        self,
        cloud: Cloud,
        name: str,
        *,
        allowed_for_strict: bool | None = None,
        unsafe_update: str = "",
    ) -> NamedTransformation:
        """Change whether strict mode allows it, or what a named one stands for.

        What was made through a named one before it changed is dropped.

        Raises:
            NotFound: ``Resource not found - <name>``.
            BadRequest: the new transformation cannot be used, or this one has no name.
        """

        def work(unit: UnitOfWork) -> tuple[NamedTransformation, list[str]]:
            found = self._existing(unit, cloud, name)
            if unsafe_update and not found.named:
                raise BadRequest("Only named transformations can be updated by unsafe_update")
            changed = found
            if allowed_for_strict is not None:
                changed = replace(changed, allowed_for_strict=allowed_for_strict)
            if unsafe_update:
                changed = replace(changed, text=self._definition(unsafe_update))
                _check_acyclic(unit, cloud, changed)
            stale: list[str] = []
            if changed.text != found.text:
                stale = _forget(unit, cloud, _texts_through(unit, cloud, found))
            unit.transformations.put(cloud.id, changed)
            return changed, stale

        changed, stale = await self._database.write(work)
        self._janitor.release(set(stale))
        return changed

    async def delete(self, cloud: Cloud, name: str) -> None:
        """Remove a transformation and what was made by it.

        Raises:
            NotFound: ``Resource not found - <name>``.
            Forbidden: a named one has :data:`MAX_DERIVED` derivatives or more.
        """

        def work(unit: UnitOfWork) -> list[str]:
            found = self._existing(unit, cloud, name)
            unit.transformations.delete(cloud.id, found.name)
            if not found.named:
                return unit.derivatives.delete_made_by(cloud.id, [_made_by(found)])
            texts = _texts_through(unit, cloud, found)
            if unit.derivatives.count(cloud.id, texts) >= MAX_DERIVED:
                raise Forbidden(
                    f"Transformation {shown_name(found)} has too many derived resources"
                )
            return _forget(unit, cloud, texts)

        self._janitor.release(set(await self._database.write(work)))

    def _canonical(self, text: str) -> TransformationName:
        given = TransformationName.split(text)
        return replace(given, text=self._parsed(given.text))

    def _definition(self, text: str) -> str:
        """What a named transformation stands for; a format that SDKs append becomes ``f_``."""
        given = TransformationName.split(text)
        written = f"{given.text}/f_{given.extension}" if given.extension else given.text
        return self._parsed(written)

    def _parsed(self, text: str) -> str:
        canonical = parse(text, self._limits).text
        if not canonical:
            raise BadRequest(f"Invalid value {text} for parameter transformation")
        return canonical

    def _new(self, name: str, text: str, allowed_for_strict: bool) -> NamedTransformation:
        unnamed = self._canonical(text)
        if name in (text, unnamed.name):
            return NamedTransformation(unnamed.name, unnamed.text, False, allowed_for_strict)
        bare = name.removeprefix(_CALL)
        if not _NAME.fullmatch(bare):
            raise BadRequest(f"Invalid value {name} for parameter name")
        return NamedTransformation(bare, self._definition(text), True, allowed_for_strict)

    def _existing(self, unit: UnitOfWork, cloud: Cloud, name: str) -> NamedTransformation:
        """A stored one by name, with or without ``t_``, or one that is in use by its text."""
        bare = name.removeprefix(_CALL)
        stored = unit.transformations.get(cloud.id, bare)
        if stored is not None and stored.named:
            return stored
        try:
            unnamed = self._canonical(name)
        except BadRequest:
            raise NotFound(f"Resource not found - {name}") from None
        stored = unit.transformations.get(cloud.id, unnamed.name)
        if stored is not None and not stored.named:
            return stored
        if not unit.derivatives.by_transformation(cloud.id, unnamed, 1):
            raise NotFound(f"Resource not found - {name}")
        return NamedTransformation(unnamed.name, unnamed.text, named=False)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a page begins: among the named or the unnamed ones, and after which."""

    named: bool
    after: str


def shown_name(transformation: NamedTransformation) -> str:
    """How clients see it called: ``t_thumb``, ``c_fill,w_75/jpg``."""
    return _CALL + transformation.name if transformation.named else transformation.name


def called_names(text: str) -> set[str]:
    """The named transformations that a canonical text calls itself."""
    parts = (part for component in text.split("/") for part in component.split(","))
    calls = (part.removeprefix(_CALL) for part in parts if part.startswith(_CALL))
    return {name for call in calls for name in call.split(".")}


def _named(unit: UnitOfWork, cloud: Cloud, limit: int, after: str) -> list[Listed]:
    page = unit.transformations.page(cloud.id, named=True, limit=limit, after=after)
    used = _used_names(unit, cloud) if page else set()
    return [Listed(item, item.name in used) for item in page]


def _unnamed(unit: UnitOfWork, cloud: Cloud, limit: int, after: str) -> list[Listed]:
    """Those that are stored and those that are in use, as one list."""
    stored = unit.transformations.page(cloud.id, named=False, limit=limit, after=after)
    uses = unit.derivatives.usage(cloud.id, limit, after)
    used = {use.name for use in uses}
    entries = {item.name: item for item in stored}
    for use in uses:
        entries.setdefault(use.name, NamedTransformation(use.name, use.text, named=False))
    order = sorted(entries.values(), key=lambda item: (item.text.encode(), item.name.encode()))
    return [Listed(item, item.name in used) for item in order[:limit]]


def _made_by(transformation: NamedTransformation) -> TransformationName:
    """What its own derivatives are stored under."""
    if transformation.named:
        return TransformationName(shown_name(transformation))
    return TransformationName.split(transformation.name)


def _used_names(unit: UnitOfWork, cloud: Cloud) -> set[str]:
    """The named transformations that derivatives were made through."""
    used: set[str] = set()
    for text in unit.derivatives.texts(cloud.id, _CALL):
        used |= called_names(text)
    definitions = {
        item.name: called_names(item.text)
        for item in unit.transformations.containing(cloud.id, _CALL)
    }
    left = list(used)
    while left:
        inner = definitions.get(left.pop(), set()) - used
        used |= inner
        left += inner
    return used


def _texts_through(unit: UnitOfWork, cloud: Cloud, named: NamedTransformation) -> list[str]:
    """The texts of derivatives that call it, themselves or by another named transformation."""
    callers, left = {named.name}, [named.name]
    definitions = unit.transformations.containing(cloud.id, _CALL)
    while left:
        name = left.pop()
        outer = {item.name for item in definitions if name in called_names(item.text)} - callers
        callers |= outer
        left += outer
    return [
        text
        for text in unit.derivatives.texts(cloud.id, _CALL)
        if not callers.isdisjoint(called_names(text))
    ]


def _forget(unit: UnitOfWork, cloud: Cloud, texts: Collection[str]) -> list[str]:
    names = [TransformationName(text) for text in texts]
    return unit.derivatives.delete_made_by(cloud.id, names)


def _check_acyclic(unit: UnitOfWork, cloud: Cloud, new: NamedTransformation) -> None:
    """Refuse a definition that leads back to its own name.

    Raises:
        BadRequest: it does.
    """
    if not new.named:
        return
    seen: set[str] = set()
    left = called_names(new.text)
    while left:
        name = left.pop()
        if name == new.name:
            raise BadRequest(f"Transformation {shown_name(new)} would call itself")
        seen.add(name)
        inner = unit.transformations.get(cloud.id, name)
        if inner is not None and inner.named:
            left |= called_names(inner.text) - seen

"""From a transformation's text to its nodes.

``/`` parts components and ``,`` the parameters of one. A text is read once and completely: also
what stands in a branch that is never taken, so that a mistake shows on every picture.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from app.domain.errors import BadRequest
from app.domain.rendering import RenderLimits
from app.domain.transformation import (
    canonical,
    density,
    effect_names,
    layering,
    parameters,
    vocabulary,
)
from app.domain.transformation.branching import Part, nodes
from app.domain.transformation.expressions import parse_condition
from app.domain.transformation.nodes import Component, Transformation

_PARAMETER = re.compile(r"([a-z]{1,3})_(.*)", re.DOTALL)
_ASSIGNMENT = re.compile(r"(\$[A-Za-z][A-Za-z0-9]*)_(.+)", re.DOTALL)


def parse(text: str, limits: RenderLimits) -> Transformation:
    """Read a transformation.

    Args:
        text: as it stands in a URL's path, the URL's own escapes removed; empty parts of it are
            passed over.

    Raises:
        BadRequest: a part is not understood, not offered, or beyond a limit; it is named.
    """
    found = parts(text, limits)
    return Transformation("/".join(part.text for part in found), density.spread(nodes(found)))


def parts(text: str, limits: RenderLimits) -> list[Part]:
    """Read the components of a transformation, one after the other.

    Raises:
        BadRequest: as :func:`parse`, where a component in itself is concerned.
    """
    if len(text) > limits.length:
        raise BadRequest(f"Transformation is longer than {limits.length} characters")
    if not text.isascii() and re.search("[\ud800-\udfff]", text):
        raise BadRequest("Invalid transformation: it is not UTF-8")
    found = [_part(piece, limits) for piece in text.split("/") if piece.strip(" ,")]
    if sum(1 for part in found if part.component.text) > limits.components:
        raise BadRequest(f"Transformation has more than {limits.components} components")
    if sum(1 for part in found if layering.opened(part.component)) > limits.layers:
        raise BadRequest(f"Transformation has more than {limits.layers} layers")
    return found


def _part(text: str, limits: RenderLimits) -> Part:
    condition = ""
    params: dict[str, str] = {}
    flags: dict[str, str] = {}
    variables: list[tuple[str, str]] = []
    for piece in (piece.strip() for piece in text.split(",")):
        match = _ASSIGNMENT.fullmatch(piece) or _PARAMETER.fullmatch(piece)
        if match is None:
            if not piece:
                continue
            raise BadRequest(f"Invalid transformation parameter: {piece}")
        name, value = match[1], match[2]
        if name == "if":
            condition = _condition(value)
        elif name == "fl":
            flags |= _flags(value)
        elif name.startswith("$"):
            parameters.check_assignment(name, value)
            variables.append((name, value))
        elif name in vocabulary.REFUSED_PARAMETERS:
            raise vocabulary.not_offered(piece)
        elif name not in parameters.NAMES:
            raise BadRequest(f"Invalid transformation parameter: {piece}")
        else:
            if parameters.check(name, value) > limits.text:
                raise BadRequest(f"Text is longer than {limits.text} characters")
            params[name] = value
    component = canonical.component(params, flags, variables)
    _check_whole(component)
    return Part(condition, component)


def _condition(value: str) -> str:
    if value not in ("else", "end"):
        parse_condition(value)
    return value


def _flags(value: str) -> Mapping[str, str]:
    """Flags joined with points; a file name after ``attachment:`` may have points of its own."""
    found: dict[str, str] = {}
    last = ""
    for piece in value.split("."):
        name, _, detail = piece.partition(":")
        if last == "attachment" and name not in vocabulary.FLAGS | vocabulary.REFUSED_FLAGS:
            found[last] += f".{piece}"
            continue
        parameters.check_flag(name)
        found[name] = detail
        last = name
    return found


def _check_whole(component: Component) -> None:
    """What parameters must not stand together, or not alone."""
    if "l" in component.params and "u" in component.params:
        raise BadRequest(f"Invalid transformation: two layers in {component.text}")
    effect = component.params.get("e", "").partition(":")[0]
    layered = layering.opened(component) or "layer_apply" in component.flags
    if effect in effect_names.BLENDS and not layered and "t" not in component.params:
        raise BadRequest(f"Invalid transformation: e_{effect} without a layer")

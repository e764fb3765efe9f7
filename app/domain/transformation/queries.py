"""What can be told of a transformation before it runs.

Where it depends on variables or on conditions, the answer covers every case.
"""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from app.domain.errors import BadRequest
from app.domain.transformation import expressions, layers, values, vocabulary
from app.domain.transformation.escapes import unescape
from app.domain.transformation.layering import opened
from app.domain.transformation.nodes import Branch, Component, Node, Transformation
from app.domain.transformation.parameters import REFERENCE
from app.domain.transformation.steps import LayerRef

#: Modes that keep faces in sight without being told to.
_MINDFUL_MODES = frozenset("auto auto_pad fill_pad imagga_crop imagga_scale".split())
_FACE_COUNT = re.compile(r"(?:\A|[_,/$])(?:fc|face_count)(?=[_,/]|\Z)")


def components(nodes: Iterable[Node]) -> Iterator[Component]:
    """Every component in order, those of layers and of both ways of branches too."""
    for node in nodes:
        if isinstance(node, Component):
            yield node
        elif isinstance(node, Branch):
            yield from components((*node.then, *node.otherwise))
        else:
            yield node.opening
            yield from components(node.inner)
            if node.closing:
                yield node.closing


def references(transformation: Transformation) -> tuple[LayerRef, ...]:
    """What its layers show, beside texts, each once.

    A layer that a variable names may be any of the texts that the variable is set to; what comes
    out of an asset's metadata cannot be foretold.
    """
    found: dict[LayerRef, None] = {}
    texts = _texts(transformation)
    for component in components(transformation.nodes):
        if name := opened(component):
            for value in _possible(component.params[name], texts):
                try:
                    layer = layers.layer(value)
                except (ValueError, BadRequest):
                    continue  # Not a text that is meant for this; a renderer says so if it is.
                if isinstance(layer, LayerRef):
                    found[layer] = None
    return tuple(found)


def wants_faces(transformation: Transformation) -> bool:
    """Whether it needs to know the faces of its source."""
    if _FACE_COUNT.search(transformation.text):
        return True
    return any(_looks_for_faces(part, transformation) for part in components(transformation.nodes))


def default_image(transformation: Transformation) -> str:
    """Public id of the image that stands in for a missing one (``d_``); empty without."""
    name = _last(transformation, "d")
    return values.asset_name(name, float)


def attachment(transformation: Transformation) -> str | None:
    """The file name of ``fl_attachment``, empty for the asset's; ``None`` without that flag."""
    found = None
    for component in components(transformation.nodes):
        if "attachment" in component.flags:
            found = unescape(component.flags["attachment"])
    return found


def wants_info(transformation: Transformation) -> bool:
    """Whether facts are asked for in place of the image (``fl_getinfo``)."""
    return any("getinfo" in part.flags for part in components(transformation.nodes))


def requested_format(transformation: Transformation) -> str:
    """The last ``f_``: an extension or ``auto``; empty without, or where a variable tells."""
    name = _last(transformation, "f")
    return "" if not name or "$" in name else values.file_format(name, float)


def uses_auto_format(transformation: Transformation) -> bool:
    """Whether the answer depends on what the client shows (``f_auto``)."""
    return any(
        part.params.get("f", "").startswith(("auto", "$"))
        for part in components(transformation.nodes)
    )


def uses_auto_density(transformation: Transformation) -> bool:
    """Whether the answer depends on the client's pixels (``dpr_auto``)."""
    return any(part.params.get("dpr") == "auto" for part in components(transformation.nodes))


def _last(transformation: Transformation, name: str) -> str:
    found = [part.params[name] for part in components(transformation.nodes) if name in part.params]
    return found[-1] if found else ""


def _looks_for_faces(component: Component, transformation: Transformation) -> bool:
    if component.params.get("e", "").partition(":")[0] in vocabulary.FACE_EFFECTS:
        return True
    if component.params.get("c") in _MINDFUL_MODES:
        return True
    gravity = component.params.get("g", "")
    if "$" in gravity:
        return "face" in transformation.text
    if not gravity:
        return False
    wanted = values.gravity(gravity, float)
    # Automatic gravity holds on to faces unless it is told to mind nothing in particular.
    automatic = wanted.names[-1] == "auto" and gravity != "auto:none"
    return automatic or bool({"face", "faces", "body"} & {*wanted.names, *wanted.hints})


def _texts(transformation: Transformation) -> dict[str, list[str]]:
    """The texts that variables are set to, by the variables' names."""
    found: dict[str, list[str]] = defaultdict(list)
    for component in components(transformation.nodes):
        for name, value in component.variables:
            try:
                expression = expressions.parse_value(value)
            except ValueError:
                found[name[1:]].append(value)
                continue
            if isinstance(expression, expressions.Literal):
                found[name[1:]].append(expressions.as_text(expression.value))
    return found


#: Layers that one layer with variables may turn out to be.
_POSSIBLE = 20


def _possible(value: str, texts: dict[str, list[str]]) -> Sequence[str]:
    used = list(dict.fromkeys(match[1] or match[2] for match in REFERENCE.finditer(value)))
    if value.startswith("text:") or not used:
        return [value]
    found = []
    choices = itertools.product(*(dict.fromkeys(texts.get(name, ())) for name in used))
    for choice in itertools.islice(choices, _POSSIBLE):
        found.append(_written_out(value, dict(zip(used, choice, strict=True))))
    return found


def _written_out(value: str, chosen: Mapping[str, str]) -> str:
    return REFERENCE.sub(lambda match: chosen[match[1] or match[2]], value)

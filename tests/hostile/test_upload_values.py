"""Bad values of every parameter of the Upload API: refused, or harmless, and nothing is changed.

Parameters come from ``tests/contract_data``; those of actions without a route are left out, so that
each is covered as soon as it appears.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from scripts.coverage_facts import Action, Parameter, notes
from tests.actions import VICTIM, Scene, existing, set_up
from tests.live import LiveServer, message

#: What the Upload API may answer besides 200 (CONTRACT 0.3).
REFUSALS = {400, 401, 404, 420}

#: Characters of a message; values that were sent come back in it.
LONGEST_MESSAGE = 10_000

#: Characters of a value in a URL; no server reads URLs of any length.
LONGEST_QUERY = 10_000

#: Bad values as clients send them in forms.
FORM_VALUES: dict[str, str | bytes] = {
    "nul": "a\0b",
    "invalid utf-8": b"a\xff\xfe",
    "control characters": "a\x01\x1b[31m\r\nX-Evil: 1",
    "path": "../../etc/passwd",
    "markup": "<script>alert(1)</script>';--",
    "word": "bogus value",
    "percent": "%s%n{0}${x}%00",
    "negative": "-1",
    "many digits": "9" * 400,
    "megabyte": "x" * 1_000_000,
    "brackets": "[" * 5000 + "]" * 5000,
    "nested": '{"a":' * 5000 + "1" + "}" * 5000,
    "list text": '[["x"],{"y":1}]',
}


def _deep() -> Any:
    value: Any = 1
    for _ in range(150):
        value = [value]
    return value


#: Bad values as clients send them in JSON.
JSON_VALUES: dict[str, Any] = {
    "list": [["x"], "y"],
    "object": {"x": {"y": [1]}},
    "deep": _deep(),
    "huge number": 1e308,
    "escaped nul": "a\0b",
}

#: What no parameter may accept: text that a database cannot hold, or nothing can walk through.
NEVER = frozenset({"nul", "invalid utf-8", "deep", "escaped nul"})

VALUES = (*FORM_VALUES, *JSON_VALUES)
EVERYTHING = frozenset(VALUES)

#: What each kind of parameter has to refuse. Kinds that are not named here may take any text.
REFUSED: dict[str, frozenset[str]] = {
    "flag": EVERYTHING,
    "fraction": EVERYTHING,
    "number": EVERYTHING,
    "offset": EVERYTHING - {"negative"},
    "type": EVERYTHING,
    "enum": EVERYTHING,
    "access_mode": EVERYTHING,
    "format": EVERYTHING,
    "url": EVERYTHING,
    "preset": EVERYTHING,
    "pairs": EVERYTHING - {"object"},
    "json": EVERYTHING,
    "rectangles": EVERYTHING,
    "transformation": EVERYTHING,
    "addon": EVERYTHING,
    "script": EVERYTHING,
    "headers": EVERYTHING,
    "file": EVERYTHING,
    "token": EVERYTHING,
    "colour": EVERYTHING,
    "font": EVERYTHING,
    "id": frozenset(
        {"control characters", "path", "markup", "percent", "megabyte", "brackets", "nested"}
    ),
    "name": frozenset({"control characters", "path", "markup", "megabyte", "brackets", "nested"}),
    "folder": frozenset({"control characters", "path", "megabyte", "brackets", "nested"}),
    "prefix": frozenset({"control characters", "path", "megabyte", "brackets", "nested"}),
    "words": frozenset({"megabyte"}),
}

#: Parameters that may take what others of their kind refuse, and why; so may those that
#: ``coverage.toml`` says to be without effect.
HARMLESS: dict[tuple[str, str], str] = {
    ("destroy", "public_id"): "what no asset is called is answered with 'not found'",
    ("explode", "public_id"): "what no asset is called is not found",
    ("upload", "auto_transcription"): "concerns video only",
}

#: Names of a list or of another thing that need not exist.
LOOK_UP = frozenset({"ids", "word", "asset_id"})


PARAMETERS = pytest.mark.parametrize(
    ("action", "parameter"),
    [pytest.param(*item, id=f"{item[0].name}-{item[1].name}") for item in existing()],
)


def must_refuse(action: Action, parameter: Parameter, name: str) -> bool:
    """Whether a value has to be refused."""
    if name in NEVER:
        return True
    key = (action.name, parameter.name)
    if key in HARMLESS or key in notes().without_effect or parameter.kind in LOOK_UP:
        return False
    return name in REFUSED.get(parameter.kind, frozenset())


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server without any network that URLs may point into; its account counts for nothing."""
    root = tmp_path_factory.mktemp("values")
    settings = {"TRACE_PARAMS": str(root / "trace.jsonl"), "FETCH_TIMEOUT": "2"}
    live = LiveServer(root / "data", "", settings).start()
    yield live
    live.stop()


@pytest.fixture(scope="module")
def scene(server: LiveServer) -> Iterator[Scene]:
    with server.client() as client:
        yield set_up(client)


def listed(scene: Scene) -> list[dict[str, Any]]:
    """The images as a listing has them."""
    shown = {"max_results": 500, "tags": True, "context": True, "metadata": True}
    return list(scene.client.get("resources/image", **shown).json()["resources"])


def stored(scene: Scene) -> list[Any]:
    """Everything that a call could have changed."""
    paths = ("resources/raw", f"resources/image/upload/{VICTIM}")
    return [listed(scene), *(scene.client.get(path).json() for path in paths)]


def put_back(scene: Scene) -> None:
    """Remove what accepted calls made, and undo what they changed."""
    for kind in ("image/upload", "image/private", "image/authenticated", "raw/upload"):
        scene.client.send("DELETE", f"resources/{kind}", params={"all": "true"})
    set_up(scene.client)


@PARAMETERS
def test_values_to_refuse(scene: Scene, action: Action, parameter: Parameter) -> None:
    before, faults = stored(scene), []
    for name in VALUES:
        if must_refuse(action, parameter, name):
            response = send(scene, action, parameter, name)
            if response.status_code == 200:
                faults.append(f"{name}: accepted")
            elif fault := fault_of(response):
                faults.append(f"{name}: {fault}")
    if stored(scene) != before:
        faults.append("something was changed")
        put_back(scene)
    assert not faults, "\n".join(faults)


@PARAMETERS
def test_values_that_may_be_taken(scene: Scene, action: Action, parameter: Parameter) -> None:
    before, faults, accepted = listed(scene), [], False
    for name in VALUES:
        if must_refuse(action, parameter, name):
            continue
        response = send(scene, action, parameter, name)
        if fault := fault_of(response):
            faults.append(f"{name}: {fault}")
        if response.status_code == 200:
            accepted = True
            if VICTIM not in (item["public_id"] for item in listed(scene)):
                put_back(scene)
        elif not accepted and listed(scene) != before:
            faults.append(f"{name}: refused with {response.status_code}, and yet changed something")
    if accepted:
        faults += unreadable(scene)
        put_back(scene)
    assert not faults, "\n".join(faults)


def send(scene: Scene, action: Action, parameter: Parameter, name: str) -> httpx.Response:
    if name in FORM_VALUES:
        value = FORM_VALUES[name]
        if action.routes[0].startswith("GET"):
            value = value[:LONGEST_QUERY]
        return scene.send(action, scene.fields(action, parameter, value))
    return scene.send_json(action, scene.fields(action, parameter, JSON_VALUES[name]))


def fault_of(response: httpx.Response) -> str:
    """What is wrong with an answer, accepted or not; empty if nothing is."""
    if "x-evil" in response.headers:
        return "a value became a header"
    if response.status_code == 200:
        return ""
    if response.status_code not in REFUSALS:
        return f"answered {response.status_code} {response.text[:200]}"
    if len(text := message(response)) > LONGEST_MESSAGE:
        return f"the message has {len(text)} characters"
    return ""


def unreadable(scene: Scene) -> Iterator[str]:
    """Faults of listings and details after values were accepted."""
    for kind in ("image", "raw"):
        page = scene.client.get(f"resources/{kind}", max_results=500, tags=True, context=True)
        if page.status_code != 200:
            yield f"values were accepted, and then the listing of {kind} answers {page.status_code}"
            continue
        for item in page.json()["resources"]:
            details = scene.client.get(f"resources/{item['asset_id']}")
            if details.status_code != 200:
                yield f"accepted, and then {item['public_id'][:80]} answers {details.status_code}"


def test_every_exception_is_one() -> None:
    known = {(action.name, parameter.name) for action, parameter in existing()}
    routed = {action.name for action, _ in existing()}
    assert {"upload", "explicit", "destroy", "tags", "context"} <= routed
    assert {key for key in HARMLESS if key[0] in routed} <= known


def test_nothing_was_left_in_the_log(server: LiveServer, scene: Scene) -> None:
    """Runs last: whatever was sent, nothing was a surprise."""
    log = (Path(server.data_dir) / "server.log").read_text(errors="replace")
    assert "unhandled error" not in log

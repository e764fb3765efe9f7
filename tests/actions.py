"""Calls of every action of the Upload API, made of the facts in ``tests/contract_data``."""

from __future__ import annotations

import base64
import io
import time
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cache
from typing import Any, cast
from urllib.parse import urlencode

import httpx
from PIL import Image

from app.api.application import Application, create_application
from scripts.coverage_facts import Action, Parameter, actions
from scripts.coverage_page import regular
from tests import photos
from tests.live import Client

VICTIM = "victim"
PAGES = "pages"
TAG = "kept"

#: What a call needs besides the parameter that is looked at.
BASE: dict[str, dict[str, str]] = {
    "upload": {"public_id": "made"},
    "explicit": {"public_id": "<victim>", "type": "upload"},
    "rename": {"from_public_id": "<victim>", "to_public_id": "renamed"},
    "destroy": {"public_id": "<victim>"},
    "asset_destroy": {"asset_id": "<asset_id>"},
    "delete_by_token": {"token": "<token>"},
    "tags": {"command": "add", "tag": "red", "public_ids": "<victim>"},
    "context": {"command": "add", "context": "alt=A", "public_ids": "<victim>"},
    "metadata": {"metadata": "sample=1", "public_ids": "<victim>"},
    "text": {"text": "Hello", "public_id": "made-text"},
    "sprite": {"tag": TAG},
    "multi": {"tag": TAG},
    "explode": {"public_id": "<pages>", "transformation": "pg_all"},
    "create_slideshow": {"manifest_transformation": "w_100", "public_id": "slides"},
    "concat": {"urls": '["a","b"]'},
    "eval": {"eval": "1", "public_id": "<victim>"},
    "generate_archive": {"public_ids": "<victim>", "mode": "create"},
    "download": {"public_id": "<victim>", "format": "png"},
    "asset_download": {"asset_id": "<asset_id>"},
    "download_backup": {"asset_id": "<asset_id>", "version_id": "<version_id>"},
    "download_tag": {"tag": TAG},
}

#: What a parameter needs beside it to mean anything.
BESIDE: dict[tuple[str, str], dict[str, str]] = {
    ("upload", "auto_tagging"): {"categorization": "imagga_tagging"},
    ("explicit", "auto_tagging"): {"categorization": "imagga_tagging"},
    ("sprite", "urls"): {"tag": ""},
    ("multi", "urls"): {"tag": ""},
    ("tags", "tags"): {"tag": ""},
    **{
        ("generate_archive", name): {"public_ids": ""}
        for name in ("fully_qualified_public_ids", "tags", "prefixes", "asset_folders")
    },
}


@cache
def routes() -> frozenset[str]:
    """The method and regular path of every API route that there is; nothing is started."""
    application = cast(Application, create_application(nullcontext))
    found = set()
    for route in application.ours:
        for method in route.methods or ():
            found.add(regular(f"{method} {route.path.removeprefix('/v1_1/{cloud}')}"))
    return frozenset(found)


def existing() -> Iterator[tuple[Action, Parameter]]:
    """The parameters of every action of the Upload API that has a route."""
    for action in actions():
        if action.api == "upload" and regular(action.routes[0]) in routes():
            for parameter in action.parameters:
                yield action, parameter


@dataclass(frozen=True)
class Scene:
    """A server with what the calls are made on.

    Attributes:
        named: what stands for each ``<…>`` of a sample.
    """

    client: Client
    named: Mapping[str, str]

    def fields(self, action: Action, parameter: Parameter, value: object) -> dict[str, Any]:
        """The fields of a call that sends ``value`` for a parameter."""
        beside = BESIDE.get((action.name, parameter.name), {})
        fields = BASE[action.name] | beside | {parameter.name: value}
        return {name: self.filled(text) for name, text in fields.items() if text != ""}

    def filled(self, value: object) -> object:
        """A value with its ``<…>`` filled in."""
        if isinstance(value, str) and "<" in value:
            for name, text in self.named.items():
                value = value.replace(f"<{name}>", text)
        return value

    def send(self, action: Action, fields: Mapping[str, Any]) -> httpx.Response:
        """Call an action with form fields; values are text or bytes."""
        method, url = self._target(action)
        http = self.client.http
        if method == "GET":
            return http.get(f"{url}?{urlencode(fields)}")
        if action.name == "upload" and "file" not in fields:
            return http.post(url, data=fields, files={"file": ("a.png", photos.tiny_png())})
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        return http.post(url, content=urlencode(fields), headers=form)

    def send_json(self, action: Action, fields: Mapping[str, Any]) -> httpx.Response:
        """Call an action with a JSON body."""
        method, url = self._target(action)
        file = "data:image/png;base64," + base64.b64encode(photos.tiny_png()).decode()
        added = {"file": file} if action.name == "upload" else {}
        return self.client.http.request(method, url, json=added | dict(fields))

    def _target(self, action: Action) -> tuple[str, str]:
        method, _, path = action.routes[0].partition(" ")
        kind = "video" if action.name in ("create_slideshow", "concat") else "image"
        return method, self.client.server.api + path.replace("{resource_type}", kind)


def tiny_pages() -> bytes:
    """A TIFF of two pages."""
    pages = [Image.new("RGB", (16, 16), color) for color in ("red", "blue")]
    buffer = io.BytesIO()
    pages[0].save(buffer, "TIFF", save_all=True, append_images=pages[1:])
    return buffer.getvalue()


def set_up(client: Client) -> Scene:
    """Make what the calls are made on, anew."""
    first = client.upload(photos.tiny_png(), public_id=VICTIM, tags=TAG, backup="true")
    made = client.upload(
        photos.tiny_png(), public_id=VICTIM, tags=TAG, backup="true", return_delete_token="true"
    ).json()
    client.upload(tiny_pages(), public_id=PAGES, name="pages.tif")
    client.post("upload_presets", name="sample", tags="preset")
    return Scene(
        client,
        {
            "victim": VICTIM,
            "pages": PAGES,
            "asset_id": made["asset_id"],
            "token": made.get("delete_token", "none"),
            "version_id": first.json()["version_id"],
            "url": made["url"],
            "file": "data:image/png;base64," + base64.b64encode(photos.tiny_png()).decode(),
            "soon": str(int(time.time()) + 600),
        },
    )

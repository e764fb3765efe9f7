"""``lenticular sign``: a signature for given parameters."""

from __future__ import annotations

import json
import time
from typing import Annotated

import typer
from rich.console import Console

from app.commands.common import fail, out, with_container
from app.container import Container
from app.domain import signing
from app.domain.accounts import ApiKey
from app.domain.errors import NotFound


def sign(
    parameters: Annotated[
        list[str] | None,
        typer.Argument(
            help="Parameters as name=value, as they will be sent.", metavar="NAME=VALUE"
        ),
    ] = None,
    cloud: Annotated[str, typer.Option(help="Cloud whose key signs.")] = "",
    algorithm: Annotated[str, typer.Option(help="sha1 or sha256.")] = "sha1",
    form: Annotated[
        str, typer.Option("--format", help="fields, curl (as options), or json.")
    ] = "fields",
    signature_only: Annotated[
        bool, typer.Option("--quiet", "-q", help="The signature alone.")
    ] = False,
) -> None:
    """Sign upload parameters; a timestamp is added unless given.

    Example: lenticular sign public_id=sample categorization=imagga_tagging
    """
    if algorithm not in ("sha1", "sha256"):
        raise typer.BadParameter("sha1 or sha256", param_hint="--algorithm")
    if form not in ("fields", "curl", "json"):
        raise typer.BadParameter("fields, curl or json", param_hint="--format")
    params = _parse(parameters or [])
    params.setdefault("timestamp", str(int(time.time())))
    key = with_container(lambda container: _key(container, cloud))
    signature = signing.sign(params, key.secret, algorithm=algorithm)
    if signature_only:
        out.print(signature, highlight=False)
        return
    fields = {**params, "api_key": key.key, "signature": signature}
    _print(out, fields, form)


def _print(console: Console, fields: dict[str, str], form: str) -> None:
    if form == "json":
        text = json.dumps(fields, ensure_ascii=False)
    elif form == "curl":
        text = " ".join(f"--data-urlencode {_quote(f'{k}={v}')}" for k, v in fields.items())
    else:
        text = "\n".join(f"{name}={value}" for name, value in fields.items())
    console.print(text, highlight=False, soft_wrap=True, markup=False)


def _quote(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _parse(items: list[str]) -> dict[str, str]:
    params = {}
    for item in items:
        name, equals, value = item.partition("=")
        if not equals or not name:
            fail(f"{item!r} is not name=value")
        params[name] = value
    return params


async def _key(container: Container, name: str) -> ApiKey:
    for cloud, keys in await container.accounts.clouds():
        enabled = [key for key in keys if key.enabled]
        if name in ("", cloud.name) and enabled:
            return enabled[0]
    raise NotFound(
        f"There is no cloud named {name} with an enabled key"
        if name
        else "There is no cloud yet: run `lenticular serve` once or `lenticular clouds add NAME`"
    )

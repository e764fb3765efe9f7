"""Settings that are read from texts with a form of their own."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from app.domain.rendering import RenderLimits
from app.settings import Settings


def read(monkeypatch: pytest.MonkeyPatch, **values: str) -> Settings:
    for name, value in values.items():
        monkeypatch.setenv(f"LENTICULAR_{name.upper()}", value)
    return Settings()


def test_delivery(monkeypatch: pytest.MonkeyPatch) -> None:
    found = read(
        monkeypatch,
        cdn_hosts="Media.example=acme, other.example=two",
        fetch_hosts="a.example, *",
        token_key="00112233FF99",
        accel_prefix="/blobs/",
        render_layers="3",
    )
    assert found.cdn_hosts == {"media.example": "acme", "other.example": "two"}
    assert found.fetch_hosts == ("a.example", "*") and found.accel_prefix == "/blobs"
    assert found.render_limits == RenderLimits(layers=3)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("cdn_hosts", "media.example"),
        ("cdn_hosts", "=acme"),
        ("token_key", "001"),
        ("token_key", "xyzxyzxy"),
        ("accel_prefix", "blobs"),
        ("accel_prefix", "/"),
        ("render_threads", "-1"),
    ],
)
def test_what_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    with pytest.raises(ValidationError):
        read(monkeypatch, **{name: value})

"""Settings of background jobs and notifications, as the environment gives them."""

from __future__ import annotations

import pytest

from app import settings


def load(monkeypatch: pytest.MonkeyPatch, **values: str) -> settings.Settings:
    for name, value in values.items():
        monkeypatch.setenv(f"LENTICULAR_{name}", value)
    return settings.load()


def test_the_default_receivers(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load(monkeypatch).notification_url == ()
    loaded = load(monkeypatch, NOTIFICATION_URL="https://a.example/x,y|http://b:81/")
    assert loaded.notification_url == ("https://a.example/x,y", "http://b:81/")


def test_networks_of_receivers_are_not_those_of_fetching(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = load(monkeypatch, WEBHOOK_ALLOW_NETWORKS="10.0.0.0/8, fd00::/8")
    assert [str(network) for network in loaded.webhook_allow_networks] == ["10.0.0.0/8", "fd00::/8"]
    assert loaded.fetch_allow_networks == ()


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("NOTIFICATION_URL", "https://a|ftp://b", "Invalid notification url ftp://b"),
        ("WEBHOOK_ALLOW_NETWORKS", "everywhere", "everywhere"),
        ("WEBHOOK_SIGNATURE", "md5", "sha256"),
        ("JOB_PLACES", "0", "greater"),
        ("JOB_ATTEMPTS", "many", "integer"),
        ("JOB_LEASE", "0", "greater"),
    ],
)
def test_what_cannot_be_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, reason: str
) -> None:
    with pytest.raises(settings.SettingsError, match=rf"LENTICULAR_{name}: .*{reason}"):
        load(monkeypatch, **{name: value})

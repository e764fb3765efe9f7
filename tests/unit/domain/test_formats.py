"""Names of formats, and which one a client gets."""

from __future__ import annotations

import pytest

from app.domain import formats

CHROME = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"


@pytest.mark.parametrize(
    ("extension", "name"),
    [("jpeg", "jpg"), ("JPE", "jpg"), ("TIFF", "tif"), ("heif", "heic"), ("png", "png")],
)
def test_aliases_mean_one_format(extension: str, name: str) -> None:
    assert formats.normalise(extension) == name


def test_what_is_unknown_stays_as_it_is() -> None:
    assert formats.normalise("mp4") == "mp4"
    assert not formats.content_type("xyz") and not formats.is_written("mp4")


def test_content_types() -> None:
    assert formats.content_type("jpeg") == "image/jpeg"
    assert formats.content_type("ico") == "image/x-icon"
    assert formats.content_type("svg") == "image/svg+xml"
    assert formats.content_type("jp2") == "image/jp2"


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (CHROME, "avif"),
        ("image/webp,image/*;q=0.8", "webp"),
        ("IMAGE/WEBP", "webp"),
        ("image/avif;q=0,image/webp", "webp"),
        ("image/avif; q=0.0 , image/webp; q=0.000", ""),
        ("image/avif;q=0.3,image/webp;q=0.9", "webp"),
        ("image/avif;q=0.9,image/webp;q=0.9", "avif"),
        ("image/avif;q=much", ""),
        ("image/*", ""),
        ("*/*", ""),
        ("text/html", ""),
        ("", ""),
        (";,;q=,==", ""),
    ],
)
def test_negotiation_reads_what_the_header_names(accept: str, expected: str) -> None:
    assert formats.negotiate(accept) == expected


def test_the_negotiated_format_is_taken() -> None:
    assert formats.automatic("png", "avif", size=(500, 400), alpha=True) == "avif"
    assert formats.automatic("gif", "webp", animated=True) == "webp"


def test_very_large_pictures_are_spared_the_av1_encoder() -> None:
    assert formats.automatic("jpg", "avif", size=(4000, 2000)) == "avif"
    assert formats.automatic("jpg", "avif", size=(4000, 2001)) == "webp"


def test_sides_that_webp_cannot_hold() -> None:
    assert formats.automatic("jpg", "webp", size=(16383, 10)) == "webp"
    assert formats.automatic("jpg", "webp", size=(16384, 10)) == "jpg"


@pytest.mark.parametrize(
    ("source", "alpha", "animated", "expected"),
    [
        ("jpg", False, False, "jpg"),
        ("png", False, False, "png"),
        ("gif", True, True, "gif"),
        ("jpg", True, False, "png"),
        ("heic", False, False, "jpg"),
        ("tif", True, False, "png"),
        ("webp", False, False, "jpg"),
        ("avif", True, True, "gif"),
        ("unheard-of", False, False, "jpg"),
    ],
)
def test_clients_that_take_neither(source: str, alpha: bool, animated: bool, expected: str) -> None:
    assert formats.automatic(source, "", alpha=alpha, animated=animated) == expected


def test_transparency_is_preserved_as_png() -> None:
    assert formats.automatic("png", "webp", alpha=True, preserve_transparency=True) == "png"
    assert formats.automatic("png", "webp", alpha=False, preserve_transparency=True) == "webp"


def test_every_format_is_listed_under_its_extension() -> None:
    for extension, entry in formats.FORMATS.items():
        assert entry.extension == extension
        assert entry.content_type
        assert all(formats.ALIASES[alias] == extension for alias in entry.aliases)
    assert {"gif", "webp", "png", "avif"} == formats.ANIMATED

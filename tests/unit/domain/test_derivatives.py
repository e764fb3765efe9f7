"""How transformations are called."""

from __future__ import annotations

import pytest

from app.domain.derivatives import TransformationName


@pytest.mark.parametrize(
    ("name", "text", "extension"),
    [
        ("c_fill,w_75", "c_fill,w_75", None),
        ("c_fill,w_75/jpg", "c_fill,w_75", "jpg"),
        ("c_fill,w_75/JPG", "c_fill,w_75", "jpg"),
        ("c_fill,w_75/", "c_fill,w_75", ""),
        ("c_fill,w_75/e_sepia", "c_fill,w_75/e_sepia", None),
        ("c_fill,w_75/e_sepia/webp", "c_fill,w_75/e_sepia", "webp"),
        ("$w_5/w_$w", "$w_5/w_$w", None),
        ("jpg", "jpg", None),
        ("/jpg", "/jpg", None),
        ("", "", None),
    ],
)
def test_text_and_extension(name: str, text: str, extension: str | None) -> None:
    split = TransformationName.split(name)
    assert split == TransformationName(text, extension)
    if extension:
        assert split.name == f"{text}/{extension}"
    else:
        assert split.name == text

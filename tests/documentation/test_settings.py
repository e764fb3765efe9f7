"""Every setting is documented, with the text and the default it really has."""

from __future__ import annotations

from pathlib import Path

from app.commands.settings_table import table

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"


def test_the_settings_page_is_what_the_settings_say() -> None:
    assert table() in PAGE.read_text(), "run: python -m app.commands.settings_table"

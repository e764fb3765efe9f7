"""The table of ``docs/settings.md``, made from the settings themselves.

``python -m app.commands.settings_table`` writes it into the page.
"""

from __future__ import annotations

import re
from pathlib import Path

from pydantic_core import PydanticUndefined

from app.settings import Settings

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"


def table() -> str:
    """The settings as a Markdown table: variable, default, meaning."""
    rows = ["| variable | default | meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = _default(name, field.default)
        rows.append(f"| `LENTICULAR_{name.upper()}` | {default} | {field.description} |")
    return "\n".join(rows) + "\n"


def _default(name: str, value: object) -> str:
    if name == "models_dir":
        return "`models` beside the package"
    if value in ("", None, (), {}) or value is PydanticUndefined:
        return "–"
    if isinstance(value, dict):
        return "`" + ",".join(f"{key}={item}" for key, item in value.items()) + "`"
    if isinstance(value, tuple):
        return "`" + ",".join(map(str, value)) + "`"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value}`"


def main() -> None:
    """Write the table into the page, in place of the one that is there."""
    text = PAGE.read_text()
    PAGE.write_text(re.sub(r"(?m)^\| variable .*\n(?:\|.*\n)+", lambda _: table(), text))


if __name__ == "__main__":
    main()

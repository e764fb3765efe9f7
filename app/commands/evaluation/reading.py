"""Reading tables of labels from files."""

from __future__ import annotations

import csv
from pathlib import Path

from app.domain.photo_labels import LabelError, Row


def read_rows(path: Path) -> list[Row]:
    """The rows of a table with a header: CSV if the file is called so, else TSV.

    In CSV a cell may stand in quotes; in TSV quotes are characters like any other. Cells that a
    row leaves out at its end are empty; empty rows are skipped.

    Raises:
        LabelError: it cannot be read, is no UTF-8, has no header, or a row has too many cells.
    """
    as_csv = path.suffix.lower() == ".csv"
    try:
        # utf-8-sig: spreadsheets write a byte order mark, which would stick to the first column.
        with path.open(newline="", encoding="utf-8-sig") as file:
            if as_csv:
                reader = csv.reader(file, strict=True)
            else:
                reader = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
            lines = [(reader.line_num, cells) for cells in reader if any(map(str.strip, cells))]
    except OSError as error:
        raise LabelError(f"{path} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise LabelError(f"{path} is not UTF-8 text") from error
    except csv.Error as error:
        raise LabelError(f"{path} cannot be read: {error}") from error
    if not lines:
        raise LabelError(f"{path} is empty")
    columns = [cell.strip() for cell in lines[0][1]]
    twice = next((name for name in columns if name and columns.count(name) > 1), None)
    if twice:
        raise LabelError(f"{path} has the column {twice!r} twice")
    return [_row(path, columns, number, cells) for number, cells in lines[1:]]


def _row(path: Path, columns: list[str], number: int, cells: list[str]) -> Row:
    if len(cells) > len(columns):
        raise LabelError(
            f"{path}, line {number} has {len(cells)} cells, the header names {len(columns)}"
        )
    filled = cells + [""] * (len(columns) - len(cells))
    return Row(number, dict(zip(columns, filled, strict=True)))

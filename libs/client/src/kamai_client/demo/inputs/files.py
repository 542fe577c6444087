"""The input's files. One that is of no use is told once, by its cause, and not again by every row that misses it."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

from kamai_client.demo.inputs.rows import Problem, Row

_OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs"}


def text_of(path: Path, problems: list[Problem]) -> str | None:
    """The text of a file; None, with a problem, when it cannot be read."""
    try:
        found = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        problems.append(_fatal(path.name, 0, "is missing"))
    except OSError as error:
        problems.append(_fatal(path.name, 0, f"cannot be read: {error.strerror}"))
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        problems.append(_fatal(path.name, line, "is not UTF-8: save the file with this encoding"))
    else:
        if found.strip():
            return found
        problems.append(_fatal(path.name, 0, "is empty"))
    return None


def read_rows(
    path: Path, required: Sequence[str], optional: Sequence[str], problems: list[Problem], *, rows_needed: bool = False
) -> Iterator[Row]:
    """The rows of a CSV file with a heading. Faults of the file as a whole go to `problems`, and then there are no rows.

    rows_needed: a file with nothing below its heading is of no use.
    """
    text = text_of(path, problems)
    if text is None:
        return
    reader = csv.reader(text.splitlines(keepends=True), strict=True)
    found = False
    try:
        heading = [name.strip() for name in next(reader, [])]
        if not _heading_is_good(path.name, heading, required, optional, problems):
            return
        for row in _body(path.name, reader, heading):
            found = True
            yield row
    except csv.Error as error:
        problems.append(_fatal(path.name, reader.line_num, f"is not CSV: {error}; the rows after it were not read"))
        return
    if rows_needed and not found:
        problems.append(_fatal(path.name, 0, "has no rows below its heading"))


def is_broken(file: str, problems: Sequence[Problem]) -> bool:
    return any(problem.fatal and problem.file == file for problem in problems)


def _fatal(file: str, line: int, message: str, column: str = "") -> Problem:
    return Problem(file, line, column, message, fatal=True)


def _heading_is_good(
    file: str, heading: Sequence[str], required: Sequence[str], optional: Sequence[str], problems: list[Problem]
) -> bool:
    missing = [name for name in required if name not in heading]
    if len(missing) == len(required):
        problems.append(_fatal(file, 1, _no_heading(heading, required)))
        return False
    unknown = [name for name in heading if name not in required and name not in optional]
    twice = sorted({name for name in heading if heading.count(name) > 1})
    problems += [_fatal(file, 1, "this column is missing", name) for name in missing]
    problems += [_fatal(file, 1, "this column is there twice", name) for name in twice]
    known = ", ".join((*required, *optional))
    problems += [Problem(file, 1, name, f"unknown column; there are {known}") for name in dict.fromkeys(unknown)]
    return not missing and not twice


def _no_heading(heading: Sequence[str], required: Sequence[str]) -> str:
    for separator, name in _OTHER_SEPARATORS.items():
        if any(separator in cell and cell.split(separator)[0].strip() in required for cell in heading):
            return f"has {name} between its columns: save it as CSV with commas"
    return f"is no heading: the first line must name the columns {', '.join(required)}"


def _body(file: str, reader: Any, heading: Sequence[str]) -> Iterator[Row]:
    for values in reader:
        if not any(value.strip() for value in values):
            continue
        row = Row(file, reader.line_num, dict(zip_longest(heading, values[: len(heading)], fillvalue="")))
        if len(values) != len(heading):
            row.wrong("", f"has {len(values)} columns, the heading has {len(heading)}")
            row.is_shifted = True
        yield row

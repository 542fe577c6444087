"""Lists of things as wide as the place they are printed to: a table, a block for each thing, or lines with tabs for programs."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

LEAST_TEXT = 16  # narrower, a text is a column of syllables
_BORDERS = 3  # a column's padding and border

Rows = Sequence[Sequence[str]]


def print_rows(console: Console, heading: Sequence[str], rows: Rows, styles: dict[str, str], title: str = "") -> None:
    """`styles`: of cells, by their whole text. A word, and so an id, is never broken."""
    if not console.is_terminal:
        _tabs(console, heading, rows, title)
        return
    widths = _widths(heading, rows, console.width)
    if widths is None:
        _blocks(console, heading, rows, styles, title)
        return
    made = Table(title=title or None, title_justify="left", title_style="bold")
    for name, width in zip(heading, widths, strict=True):
        made.add_column(name, width=width)
    for row in rows:
        made.add_row(*(styled(text, styles) for text in row))
    console.print(made)


def styled(text: str, styles: dict[str, str]) -> str:
    return f"[{styles[text]}]{text}[/]" if text in styles else escape(text)


def _widths(heading: Sequence[str], rows: Rows, room: int) -> list[int] | None:
    """Of the columns; texts give way, the widest first. None when there is no room even so."""
    columns = list(zip(heading, *rows, strict=True))
    widths = [max(len(line) for text in column for line in text.split("\n")) for column in columns]
    least = [_least(column, width) for column, width in zip(columns, widths, strict=True)]
    room -= _BORDERS * len(columns) + 1
    if sum(least) > room:
        return None
    while sum(widths) > room:
        spare = [width if width > low else 0 for width, low in zip(widths, least, strict=True)]
        widths[spare.index(max(spare))] -= 1
    return widths


def _least(column: Sequence[str], width: int) -> int:
    longest_word = max(len(word) for text in column for word in (text.split() or [""]))
    return min(width, max(longest_word, LEAST_TEXT))


def _blocks(console: Console, heading: Sequence[str], rows: Rows, styles: dict[str, str], title: str) -> None:
    if title:
        console.print(f"[bold]{escape(title)}[/]")
    for number, row in enumerate(rows):
        if number:
            console.print()
        for name, text in zip(heading, row, strict=True):
            if text:
                shown = styled(text.replace("\n", ", "), styles)
                console.print(f"[dim]{name}:[/] {shown}", soft_wrap=True, highlight=False)


def _tabs(console: Console, heading: Sequence[str], rows: Rows, title: str) -> None:
    if title:
        console.print(title, markup=False, highlight=False, soft_wrap=True)
    for row in (heading, *rows):
        line = "\t".join(" ".join(text.replace("\n", ", ").split()) for text in row)
        print(line, file=console.file)  # rich would turn tabs into blanks

"""What the commands print tables and coloured lines on. rich is loaded once something is printed: for any command
Scrapy loads all of them, and a crawl prints nothing.
"""

import sys
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

LOG_WIDTH_CHARS = 150
"""Characters of a line where the output is not a terminal, such as a log: addresses are long."""


def output() -> "Console":
    """The terminal, in its own width; in a log's where the output is none."""
    return _console() if sys.stdout.isatty() else log()


def log(*, highlight: bool = True) -> "Console":
    """A log, whatever the output is; `highlight` has numbers and addresses coloured on a terminal."""
    return _console(width=LOG_WIDTH_CHARS, highlight=highlight)


def _console(*, width: int | None = None, highlight: bool = True) -> "Console":
    from rich.console import Console

    return Console(width=width, highlight=highlight)


def table(*headings: str, title: str | None = None, overflow: Literal["ellipsis", "fold"] = "ellipsis") -> "Table":
    """A table with these columns; without a title it has no lines. `overflow` is what becomes of long words."""
    from rich.box import HEAVY_HEAD
    from rich.table import Table

    made = Table(title=title, box=HEAVY_HEAD if title else None)
    for heading in headings:
        made.add_column(heading, overflow=overflow)
    return made


def escape(text: str) -> str:
    """The text as it is to be read, with nothing in it that could be taken for a colour."""
    from rich.markup import escape as escape_markup

    return escape_markup(text)

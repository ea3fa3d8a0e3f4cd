"""What `kliping` prints: tables and moving progress on a terminal, plain lines elsewhere."""

import shlex
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Self

import polars as pl
from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from local.corpus import COUNTED_TABLES
from local.crawls import SiteCrawl
from local.credentials import ADMIN, password, password_file
from local.deployment import ServiceState
from local.settings import ROOT, Machine
from local.spool import SpooledBatch
from pipelines.printable import fit_to_show

LINE_INTERVAL_SECONDS = 10.0
"""Between two lines on the same running crawl, where lines do not replace each other."""

NEXT_COMMANDS = {
    "make corpus": "print the articles",
    "make news": "have the demo sites publish and edit, and crawl them again",
    "make down": "stop everything; the data stays",
}
"""What a newcomer may do after `make up`."""

console = Console(highlight=False)


def echo(sentence: str) -> None:
    """One line, whole, however narrow the terminal; nothing in it steers the terminal."""
    print(fit_to_show(sentence), flush=True)


def error(sentence: str) -> None:
    """One line on stderr."""
    print(f"Kliping: {fit_to_show(sentence)}", file=sys.stderr, flush=True)


class Progress:
    """What is being done, on stderr while it goes on: on a terminal in one line, elsewhere a line now and then."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False, markup=False)
        self._status = self._console.status("") if self._console.is_terminal else None
        self._said_at = time.monotonic()

    def say(self, words: str) -> None:
        """What it is now."""
        if self._status:
            self._status.start()
            self._status.update(Text(fit_to_show(words)))
        elif time.monotonic() - self._said_at > LINE_INTERVAL_SECONDS:
            self._said_at = time.monotonic()
            error(words)

    def pause(self) -> None:
        """Leave the terminal to others until something is said again."""
        if self._status:
            self._status.stop()

    def __enter__(self) -> Self:
        if self._status:
            self._status.start()
        return self

    def __exit__(self, *_error: object) -> None:
        if self._status:
            self._status.stop()


def show_progress(steps: Iterable[Sequence[SiteCrawl]]) -> Sequence[SiteCrawl]:
    """Show the crawls while they run; returns them as they stand in the end."""
    crawls: Sequence[SiteCrawl] = ()
    if console.is_terminal:
        with Live(console=console, refresh_per_second=8) as live:
            for crawls in steps:
                live.update(_moving(crawls))
    else:
        printed: dict[str, tuple[str, float]] = {}
        for crawls in steps:
            now = time.monotonic()
            for crawl in crawls:
                state, since = printed.get(crawl.site.name, ("", now))
                if crawl.run.state != state or (crawl.run.is_active and now - since > LINE_INTERVAL_SECONDS):
                    printed[crawl.site.name] = (crawl.run.state, now)
                    echo(f"{crawl.site.name}: {crawl.words}")
    return crawls


def show_counts(counts: Mapping[str, Mapping[str, int]]) -> None:
    """Rows per site and table, with their sums."""
    sites = sorted({site for rows in counts.values() for site in rows})
    lines = [(site, *(str(counts[name].get(site, 0)) for name in COUNTED_TABLES)) for site in sites]
    sums = ("total", *(str(sum(counts[name].values())) for name in COUNTED_TABLES))
    _show_table(("site", *COUNTED_TABLES), [*lines, sums], numbers=COUNTED_TABLES)


def print_access(machine: Machine) -> None:
    """Where the UI is, how to sign in, and what to do next: no line is wider than 80 columns with the usual home."""
    echo("")
    echo(f"Airflow UI   {machine.shown_at}")
    if console.is_terminal:
        echo(f"Sign in as   {ADMIN}, password {password(machine.home)}")
        echo(f"             (also in {password_file(machine.home)})")
    else:  # a log may be read by others
        echo(f"Sign in as   {ADMIN}, password in {password_file(machine.home)}")
    echo("")
    echo(f"Next, in {ROOT}:")
    if machine.home != ROOT / ".kliping":
        echo(f"  export KLIPING_HOME={shlex.quote(str(machine.home))}")
    for command, words in NEXT_COMMANDS.items():
        if command != "make news" or machine.demo:
            echo(f"  {command:<13}{words}")
    echo("To read the corpus with a tool of your own: docs/reading-the-corpus.md")


def show_states(states: Sequence[ServiceState]) -> None:
    """One line for each service."""
    lines = [(state.name, str(state.pid or "-"), state.health, str(state.log)) for state in states]
    _show_table(("service", "pid", "state", "log"), lines, numbers=("pid",))


def show_batches(batches: Sequence[SpooledBatch]) -> None:
    """One line for each batch of the spool."""
    lines = [
        (batch.name, str(batch.visits), f"{batch.size:,}", f"{batch.age.total_seconds() / 3600:.1f} h", batch.state)
        for batch in batches
    ]
    _show_table(("batch", "visits", "bytes", "age", "state"), lines, numbers=("visits", "bytes", "age"))


def show_frame(frame: pl.DataFrame) -> None:
    """A data frame, its texts as wide as a headline."""
    with pl.Config(tbl_rows=40, fmt_str_lengths=90, tbl_width_chars=160, tbl_hide_column_data_types=True):
        echo(str(frame))


def confirmed(question: str) -> bool:
    """Whether someone at a terminal says yes; without a terminal nobody does."""
    return sys.stdin.isatty() and input(f"{question} [y/N] ").strip().lower() in ("y", "yes")


def _moving(crawls: Sequence[SiteCrawl]) -> Table:
    grid = Table.grid(padding=(0, 2))
    for crawl in crawls:
        mark = Spinner("dots") if crawl.run.is_active else {"success": "[green]✓"}.get(crawl.run.state, "[red]✗")
        grid.add_row(mark, crawl.site.title, crawl.words)
    return grid


def _show_table(header: Sequence[str], lines: Sequence[Sequence[str]], numbers: Sequence[str]) -> None:
    """The same lines everywhere; ruled where somebody looks, one record a line where a program may."""
    if console.is_terminal:
        table = Table()
        for name in header:
            table.add_column(name, justify="right" if name in numbers else "left", overflow="fold")
        for line in lines:
            table.add_row(*line)
        console.print(table)
        return
    widths = [max(map(len, column)) for column in zip(header, *lines, strict=True)]
    for line in (header, *lines):
        echo("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())

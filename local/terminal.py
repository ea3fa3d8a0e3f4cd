"""What `make up` and its companions say: tables and moving progress on a terminal, plain lines elsewhere."""

import shlex
import sys
import time
from collections.abc import Iterable, Mapping, Sequence

import polars as pl
from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table

from local.corpus import COUNTED
from local.crawls import Crawl
from local.credentials import ADMIN, password_file
from local.deployment import ServiceState
from local.settings import ROOT, Machine

PLAIN_INTERVAL = 10.0
"""Seconds between two lines on the same running crawl, where lines do not replace each other."""

console = Console(highlight=False)


def say(sentence: str) -> None:
    """One line, whole, however narrow the terminal."""
    print(sentence, flush=True)


def complain(sentence: str) -> None:
    """One line on stderr."""
    print(f"Kliping: {sentence}", file=sys.stderr, flush=True)


def show_progress(steps: Iterable[Sequence[Crawl]]) -> Sequence[Crawl]:
    """Show the crawls while they run; returns them as they stand in the end."""
    crawls: Sequence[Crawl] = ()
    if console.is_terminal:
        with Live(console=console, refresh_per_second=8) as live:
            for crawls in steps:
                live.update(_moving(crawls))
    else:
        said: dict[str, tuple[str, float]] = {}
        for crawls in steps:
            now = time.monotonic()
            for crawl in crawls:
                state, since = said.get(crawl.site.name, ("", now))
                if crawl.run.state != state or (crawl.run.is_active and now - since > PLAIN_INTERVAL):
                    said[crawl.site.name] = (crawl.run.state, now)
                    say(f"{crawl.site.name}: {crawl.words}")
    return crawls


def show_counts(counts: Mapping[str, Mapping[str, int]]) -> None:
    """Rows per site and table, with their sums."""
    sites = sorted({site for rows in counts.values() for site in rows})
    lines = [(site, *(str(counts[name].get(site, 0)) for name in COUNTED)) for site in sites]
    sums = ("together", *(str(sum(counts[name].values())) for name in COUNTED))
    _show_table(("site", *COUNTED), [*lines, sums], numbers=COUNTED)


def show_ways_in(machine: Machine) -> None:
    """Where the UI is, how to sign in, how to read the corpus, how to stop."""
    home = "" if machine.home == ROOT / ".kliping" else f"KLIPING_HOME={shlex.quote(str(machine.home))} "
    read = "from local.corpus import table; print(table('articles').select('site', 'headline', 'body'))"
    say("")
    say(f"Airflow UI   {machine.ui_url} (user {ADMIN}, password in {password_file(machine.home)})")
    say(f'The corpus   cd {shlex.quote(str(ROOT))} && {home}.venv/bin/python -c "{read}"')
    say("To stop      make down (the data stays)")


def show_states(states: Sequence[ServiceState]) -> None:
    """One line for each service."""
    lines = [(state.name, str(state.pid or "-"), state.health, str(state.log)) for state in states]
    _show_table(("service", "pid", "state", "log"), lines, numbers=("pid",))


def show_frame(frame: pl.DataFrame) -> None:
    """A data frame, its texts as wide as a headline."""
    with pl.Config(tbl_rows=40, fmt_str_lengths=90, tbl_width_chars=160, tbl_hide_column_data_types=True):
        say(str(frame))


def confirmed(question: str) -> bool:
    """Whether someone at a terminal says yes; without a terminal nobody does."""
    return sys.stdin.isatty() and input(f"{question} [y/N] ").strip().lower() in ("y", "yes")


def _moving(crawls: Sequence[Crawl]) -> Table:
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
        say("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())

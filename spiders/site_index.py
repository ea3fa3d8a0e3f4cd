"""Which sites there are, read from their files without importing them.

Airflow parses the DAG files over and over, and once more in every task process. Importing Scrapy there costs half a
second each time, and one broken site would take every DAG away. So what a DAG needs to know of a site (its name,
schedule and docstring are literals in its class) is read from the source text; a file that cannot be read costs its
own DAG and is reported.
"""

import ast
import os
import warnings
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from zlib import crc32

from settings.crawl import crawl
from settings.storage import SettingsError

SITES = Path(__file__).parent / "sites"
DEMO_SITES = Path(__file__).parents[1] / "demo" / "sites"
"""Sites of the demo web: there where KLIPING_DEMO is 1, as `make up` has it."""
DEFAULT_SCHEDULE = "*/30 * * * *"
"""Twice an hour: a news sitemap or feed holds far more than half an hour's articles, and polls are conditional."""


@dataclass(frozen=True, slots=True)
class SiteEntry:
    """What a site's file states of it. `doc` is the class docstring, `schedule` a cron expression, staggered.

    `permission_needed` is why the site waits for its owner's consent, None where it needs none or has it on record.
    """

    name: str
    title: str
    doc: str
    schedule: str
    loopback: bool
    permission_needed: str | None


def site_entries(*folders: Path) -> Iterator[SiteEntry]:
    """The sites of `folders` (default: the real ones, and the demo's where it runs) by name.

    A file that is no site is left out, with a warning.
    """
    folders = folders or ((SITES, DEMO_SITES) if os.environ.get("KLIPING_DEMO") == "1" else (SITES,))
    permitted = _permitted()
    for path in sorted(path for folder in folders for path in folder.glob("[!_]*.py")):
        try:
            entry = _entry(ast.parse(path.read_text(encoding="utf-8")), path.stem)
        except (SyntaxError, ValueError) as error:
            warnings.warn(f"{path.name} is left out: {error}", stacklevel=2)
        else:
            yield replace(entry, permission_needed=None) if entry.name in permitted else entry


def _permitted() -> Container[str]:
    """The sites whose owners have consented. Wrong settings permit none: they are told here, and by every crawl."""
    try:
        return crawl().permissions
    except SettingsError as error:
        warnings.warn(f"no permission counts: {error}", stacklevel=3)
        return ()


def _entry(module: ast.Module, name: str) -> SiteEntry:
    for node in module.body:
        if isinstance(node, ast.ClassDef) and (stated := _literals(node.body)).get("name") == name:
            return SiteEntry(
                name=name,
                title=str(stated.get("title", name)),
                doc=ast.get_docstring(node) or "",
                schedule=staggered(str(stated.get("schedule", DEFAULT_SCHEDULE)), name),
                loopback=stated.get("loopback") is True,
                permission_needed=str(stated["permission_needed"]) if stated.get("permission_needed") else None,
            )
    raise ValueError(f"it holds no class with name = {name!r}")


def _literals(body: Iterable[ast.stmt]) -> dict[str, object]:
    found: dict[str, object] = {}
    for node in body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            try:
                found[node.targets[0].id] = ast.literal_eval(node.value)
            except ValueError:
                continue  # an expression, such as Expect(...): nothing that a schedule needs
    return found


def staggered(schedule: str, name: str) -> str:
    """The cron expression with a minute field `*/N` moved by a constant of the site: sites do not start together."""
    minute, _, rest = schedule.partition(" ")
    if not minute.startswith("*/"):
        return schedule
    step = int(minute.removeprefix("*/"))
    return f"{crc32(name.encode()) % step}-59/{step} {rest}"

"""How a page of the newsroom is made: its template, its headers, and the one script that it may run."""

import base64
import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from pipelines.archive.jakarta_days import JAKARTA
from pipelines.watch.findings import age
from plugins.newsroom import drawing
from settings.clock import utc_now

FRAME_SCRIPT = Path(__file__).with_name("frame.js").read_text(encoding="utf-8").strip()
"""Opens links to Airflow's own pages in Airflow's window. Airflow shows the newsroom in a frame that may not do so by
itself, and would hold a second Airflow else."""

_DIGEST = base64.b64encode(hashlib.sha256(FRAME_SCRIPT.encode()).digest()).decode()

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        f"default-src 'none'; script-src 'sha256-{_DIGEST}'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Of every answer. A page has no style but that of the sheet, and no script but FRAME_SCRIPT, by its digest: what a
site writes into its texts can do nothing in it. Foreign sites are not told where a link to them was followed; our own
forms say where they come from, by which they are told from others' (RFC 6454, 7.3)."""


def page(name: str, depth: int, **values: Any) -> HTMLResponse:
    """The template `name` as a page whose address is `depth` folders below the newsroom's own."""
    root = "../" * depth or "./"
    return HTMLResponse(template(name).render(root=root, airflow=f"{root}../", now=utc_now(), **values))


@cache
def template(name: str) -> Template:
    """A template; whatever it is given is escaped."""
    environment = Environment(
        loader=PackageLoader("plugins.newsroom"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(jakarta=_jakarta, clock=_clock, age=age, lasting=_lasting, percent=_percent, size=_size)
    environment.filters.update(minutes=lambda count: _lasting(timedelta(minutes=count)))
    environment.globals.update(drawing=drawing, script=Markup(FRAME_SCRIPT))  # noqa: S704 - it is our own file
    return environment.get_template(name)


def _jakarta(moment: datetime) -> str:
    return f"{moment.astimezone(JAKARTA):%d %b %H:%M}"


def _clock(moment: datetime) -> str:
    return f"{moment.astimezone(JAKARTA):%Y-%m-%d %H:%M:%S}"


def _lasting(duration: timedelta) -> str:
    """A duration in words, one of less than two minutes in seconds."""
    seconds = duration.total_seconds()
    return f"{seconds:.0f} seconds" if seconds < 2 * 60 else age(duration)


def _percent(share: float) -> str:
    return f"{100 * share:.0f}%"


def _size(count: float) -> str:
    """Bytes in the largest decimal unit of which there is one."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" or count >= 10 else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"

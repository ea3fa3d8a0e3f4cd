"""What an article rests on as one HTML file, that shows strangers' pages and lets them do nothing."""

import base64
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipelines.archive.evidence import EvidencedVersion
from pipelines.archive.versions import changed_words
from pipelines.printable import fit_to_show
from settings.version import VERSION

TEMPLATE = Path(__file__).with_suffix(".html")

SHOWN_FACTS = (
    "article_id",
    "site",
    "url",
    "captured_url",
    "date_published",
    "date_published_offset",
    "date_precision",
    "author",
    "editor",
    "revision",
    "changes",
    "correction",
    "first_fetched_at",
    "fetched_at",
    "gone_at",
    "discovered_via",
    "discovered_from",
    "rights",
    "text_sha256",
    "extractor",
    "ruleset",
    "rules_fired",
    "reextracted_at",
    "run",
)
"""Columns that say what the article is, where it came from, and how its text came about."""


def evidence_page(versions: Sequence[EvidencedVersion], made_at: datetime) -> str:
    """The page, for at least one version, the first one first; `made_at` is aware.

    It needs no other file and asks for none, it has no script, and those of the pages shown are not run: they stand as
    text, and in a frame that may do nothing under a policy that lets nothing be loaded.
    """
    environment = Environment(
        loader=FileSystemLoader(TEMPLATE.parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters |= {"shown": _shown, "base64": lambda record: base64.b64encode(record).decode()}
    earlier = [None, *versions[:-1]]
    return environment.get_template(TEMPLATE.name).render(
        versions=versions,
        differences=[_paragraphs(before, version) for before, version in zip(earlier, versions, strict=True)],
        facts=SHOWN_FACTS,
        made_at=made_at,
        program=f"Kliping {VERSION}",
    )


def _paragraphs(before: EvidencedVersion | None, version: EvidencedVersion) -> list[list[tuple[str, str]]]:
    """The text, paragraph by paragraph, in runs of words: (=) as before, (-) taken out, (+) put in."""
    new = _paragraphs_of(version)
    if before is None:
        return [[("=", paragraph)] for paragraph in new]
    old = _paragraphs_of(before)
    runs = list(changed_words(f" {BREAK} ".join(old), f" {BREAK} ".join(new)))
    found: list[list[tuple[str, str]]] = [[]]
    for kind, words in runs:
        first, *others = words.split(BREAK)
        found[-1].append((kind, first.strip()))
        found += [[(kind, part.strip())] for part in others]
    return [paragraph for paragraph in found if any(words for _, words in paragraph)]


BREAK = "\u2029"
"""Stands for the end of a paragraph among its words; no text of the archive holds it."""


def _paragraphs_of(version: EvidencedVersion) -> list[str]:
    return [version.row["headline"], *version.row["body"].split("\n")]


def _shown(value: Any) -> str:
    """A value as a reader of a table sees it, with nothing in it that is not seen."""
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    if isinstance(value, list):
        return ", ".join(map(_shown, value))
    return fit_to_show(value if isinstance(value, str) else json.dumps(value))

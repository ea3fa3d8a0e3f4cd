"""Sets of saved pages with what people, or a site's own data, say of them.

A set is a folder with `truth.json` and `html/<id>.html.gz`. The truth of a page holds its `url` and any of `body`,
`optional` (passages that count neither way), `with` and `without` (passages that its body must and must not hold),
`residue`, `title`, `authors`, `editors` and `authors_also` (who count neither way), `published_at`, `published_at_alt`,
and `kind`.
"""

import gzip
import json
import os
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

OTHER_KINDS = frozenset({"collection", "documentation", "forum", "listing", "product", "service"})
"""Kinds of page that are not articles."""


@dataclass(frozen=True)
class SavedPage:
    """One page; its bytes are read when they are asked for, so that a set costs no memory."""

    name: str
    url: str
    truth: Mapping[str, Any]
    path: Path

    @property
    def html(self) -> bytes:
        return gzip.decompress(self.path.read_bytes())

    @property
    def is_article(self) -> bool:
        return self.truth.get("kind") not in OTHER_KINDS


@dataclass(frozen=True)
class PageSet:
    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    @cached_property
    def pages(self) -> list[SavedPage]:
        truth = json.loads((self.folder / "truth.json").read_text(encoding="utf-8"))
        return [
            SavedPage(name, entry.get("url") or "", entry, self.folder / "html" / f"{name}.html.gz")
            for name, entry in truth.items()
        ]


def add_folders(parser: ArgumentParser) -> None:
    """Let a program take the folders of sets as its arguments."""
    parser.add_argument("folders", nargs="*", type=Path, help="sets of pages, or folders of sets")


def sets_of(parser: ArgumentParser, options: Namespace) -> list[PageSet]:
    """The sets of the folders that a program was given, or else of those that KLIPING_PAGES names."""
    named = os.environ.get("KLIPING_PAGES", "").split(":")
    folders = options.folders or [Path(folder) for folder in named if folder]
    if not folders:
        parser.error("name at least one folder of pages; benchmarks/cleaning/pages.py says what it holds")
    sets: list[PageSet] = []
    for folder in folders:
        found = [
            path.parent for path in (folder / "truth.json", *sorted(folder.glob("*/truth.json"))) if path.is_file()
        ]
        if not found:
            parser.error(f"{folder} holds no truth.json, nor does a folder in it: it is not a set of pages")
        sets += map(PageSet, found)
    return sets

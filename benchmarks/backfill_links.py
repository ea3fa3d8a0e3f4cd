"""`make bench-backfill`: which way the links lead after backfills that go newest first over copies of earlier texts.

Originals of one site, which publishes first, and their copies at others, some word for word, some edited, some cut
short: each original has some of them. Each site is backfilled by itself, that of the latest and shortest copies first
and that of the originals last, so that all is met in the worst order.
"""

import argparse
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from benchmarks.duplicates.copies import Edit, cut, light, swapped
from benchmarks.duplicates.prose import Prose, paragraphs
from benchmarks.scratch_archive import scratch_archive
from settings.storage import Storage
from tests.archive.invented import NOON, WIB, finish, look_at, open_run, rows

EDITS: Mapping[str, Edit] = {
    "word for word": lambda sentences, _: sentences,
    "light": light,
    "words swapped 5 %": partial(swapped, share=0.05),
    "cut to 85 %": partial(cut, share=0.85),
    "cut to 70 %": partial(cut, share=0.7),
    "cut to 50 %": partial(cut, share=0.5),
}
"""How a copy is made, by name: one site has the copies of each kind."""

COPIED_SHARE = 0.7
"""Of originals, how many have a copy of a kind."""

ORIGINAL_SITE = "kabarteknik"


@dataclass(frozen=True, slots=True)
class Text:
    """One of an original and its copies: how it was made of it, which original it is, and how old it is."""

    kind: str
    original: int
    age: timedelta
    body: str

    @property
    def url(self) -> str:
        return f"http://{_site(self.kind)}.example/{self.original}"


def _site(kind: str) -> str:
    return ORIGINAL_SITE if kind == "" else f"warta{list(EDITS).index(kind)}"


def texts(originals: int) -> list[Text]:
    """Originals, a day apart, and their copies, each some hours later."""
    made = []
    for number in range(originals):
        prose = Prose(random.Random(number))
        sentences = prose.sentences(prose.random.choice((150, 220, 320)))
        age = timedelta(days=number % 25 + 1, minutes=number)
        made.append(Text("", number, age, paragraphs(sentences)))
        for hours, (kind, edit) in enumerate(EDITS.items(), 1):
            if prose.random.random() < COPIED_SHARE:
                made.append(Text(kind, number, age - timedelta(hours=hours), paragraphs(edit(sentences, prose))))
    return made


def backfill(storage: Storage, made: list[Text]) -> None:
    """Have each site be crawled from its newest text to its oldest, that of the originals last."""
    for kind in [*reversed(list(EDITS)), ""]:
        run = open_run(storage, _site(kind))
        for text in sorted((text for text in made if text.kind == kind), key=lambda text: text.age):
            look_at(run, text.url, text.body, date_published=(NOON - text.age).astimezone(WIB))
        finish(run)


def told(storage: Storage, made: list[Text]) -> None:
    """Print, for each kind of copy, how it stands to its original."""
    by_url = {text.url: text for text in made}
    links = [(by_url[row["url"]], by_url[row["duplicate_of_url"]], row) for row in rows(storage, "duplicates")]
    articles = {row["url"] for row in rows(storage, "articles")}
    wrong_way = [(one, other) for one, other, _ in links if one.age > other.age]
    print(f"{len(made)} texts, {len(articles)} articles, {len(links)} links, {len(wrong_way)} to a later text")
    linked = {frozenset((one.url, other.url)) for one, other, _ in links}
    groups = Counter(other.original == one.original for one, other, _ in links)
    print(f"links to a text of another original: {groups[False]}")
    print("| copies | not linked to any text of the original | link leads to a later text | articles besides |")
    print("|---|---|---|---|")
    for kind in ["", *EDITS]:
        own = [text for text in made if text.kind == kind]
        alone = [text for text in own if not any(text.url in pair for pair in linked)]
        wrong = [text for text in own if any(one is text for one, _ in wrong_way)]
        also = [text for text in own if text.url in articles]
        print(f"| {kind or 'originals'}: {len(own)} | {len(alone)} | {len(wrong)} | {len(also)} |")


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure which way links lead after backfills.")
    parser.add_argument("--originals", type=int, default=50)
    options = parser.parse_args()
    with scratch_archive("links") as storage:
        made = texts(options.originals)
        backfill(storage, made)
        told(storage, made)


if __name__ == "__main__":
    main()

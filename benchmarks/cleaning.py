"""Quality and speed of cleaning beside other extractors, on pages with hand-made references that are not part of the
project.

python -m benchmarks.cleaning --idbench DIR --scrapinghub DIR --fundus DIR [--memory 10000]

Each folder holds `truth.json` ({id: {"body": text, "url": ...}}, for idbench with title, authors, published_at,
residue and optional besides) and `html/<id>.html.gz`. Without options the folders are taken from
KLIPING_BENCH_IDBENCH, KLIPING_BENCH_SCRAPINGHUB and KLIPING_BENCH_FUNDUS. Extractors that are not installed are left
out.

A text is a multiset of 4-word shingles; precision and recall are means over pages, F1 is that of the two means (for
idbench: the mean of the pages' F1). CPU is process time per page for body and metadata together, the best of two runs.
"""

import argparse
import gc
import gzip
import importlib
import json
import logging
import os
import re
import sys
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import fmean
from typing import Any

from rich.console import Console
from rich.table import Table

from pipelines.article import Article, Hints, Page
from pipelines.cleaning.cleaner import ANY_SITE, clean, find_body, read_page
from pipelines.cleaning.date_parsing import WIB
from pipelines.cleaning.document import NotHtmlError

SETS = ("idbench", "scrapinghub", "fundus")


@dataclass(frozen=True)
class Answer:
    """What an extractor says of a page; `refused` why it gives none."""

    body: str = ""
    title: str | None = None
    authors: tuple[str, ...] = ()
    published: datetime | date | None = None
    refused: str | None = None


Extractor = Callable[[bytes, str], Answer]


# --- the extractors


def kliping(html: bytes, url: str) -> Answer:
    record = clean(html, url)
    if isinstance(record, Article):
        return Answer(record.body, record.headline, record.author, record.date_published)
    return Answer(refused=record.reason.value)


def kliping_body(html: bytes, url: str) -> Answer:
    """The body alone, also of pages that are not articles of the corpus."""
    try:
        reading = read_page(Page(url, html), ANY_SITE, Hints())
    except NotHtmlError:
        return Answer()
    return Answer(find_body([reading], ANY_SITE).text)


def trafilatura(html: bytes, url: str) -> Answer:
    from trafilatura.core import bare_extraction

    document = bare_extraction(html, url=url or None, include_comments=False, with_metadata=True)
    if document is None or isinstance(document, dict):
        return Answer(refused="nothing found")
    authors = tuple(name.strip() for name in (document.author or "").split(";") if name.strip())
    return Answer(document.text or "", document.title, authors, moment(document.date))


def resiliparse(html: bytes, url: str) -> Answer:  # noqa: ARG001 - one signature for all
    from resiliparse.extract.html2text import extract_plain_text

    return Answer(extract_plain_text(html.decode("utf-8", "replace"), main_content=True))


def readability(html: bytes, url: str) -> Answer:  # noqa: ARG001 - one signature for all
    module = importlib.import_module("readability")
    from trafilatura import html2txt

    document = module.Document(html.decode("utf-8", "replace"))
    return Answer(html2txt(document.summary(), clean=False), document.short_title())


def newspaper4k(html: bytes, url: str) -> Answer:
    article = importlib.import_module("newspaper").Article(
        url or "http://localhost/", language="id", fetch_images=False
    )
    article.download(input_html=html.decode("utf-8", "replace"))
    article.parse()
    return Answer(article.text, article.title, tuple(article.authors), article.publish_date or None)


def news_please(html: bytes, url: str) -> Answer:
    article = importlib.import_module("newsplease").NewsPlease.from_html(
        html.decode("utf-8", "replace"), url=url or None, fetch_images=False
    )
    return Answer(article.maintext or "", article.title, tuple(article.authors or ()), article.date_publish)


NEEDS: dict[Extractor, str] = {readability: "readability", newspaper4k: "newspaper", news_please: "newsplease"}
ALL: dict[str, Extractor] = {
    "Kliping": kliping,
    "trafilatura, no comments": trafilatura,
    "newspaper4k": newspaper4k,
    "news-please": news_please,
    "readability-lxml": readability,
    "resiliparse": resiliparse,
}


def installed() -> dict[str, Extractor]:
    found = {}
    for name, extractor in ALL.items():
        try:
            importlib.import_module(NEEDS.get(extractor, "json"))
        except ImportError:
            continue
        found[name] = extractor
    return found


# --- the measures


def fold(text: str | None) -> str:
    return re.sub("[\u200b-\u200d\u2060\ufeff\u00ad]", "", unicodedata.normalize("NFKC", text or ""))


def words(text: str | None) -> list[str]:
    return re.findall(r"\w+", fold(text).casefold())


def shingles(tokens: Sequence[str]) -> Counter[tuple[str, ...]]:
    if len(tokens) < 4:
        return Counter([tuple(tokens)]) if tokens else Counter()
    return Counter(zip(*(tokens[i:] for i in range(4)), strict=False))


def without_optional(guess: list[str], truth: Sequence[str], optional: Sequence[str]) -> list[str]:
    """The words of an answer without passages that count neither way, as often as the reference lacks them."""
    for passage in sorted(optional, key=len, reverse=True):
        part = words(passage)
        spare = len(list(occurrences(guess, part))) - len(list(occurrences(truth, part)))
        for start in list(occurrences(guess, part))[::-1][: max(spare, 0)]:
            del guess[start : start + len(part)]
    return guess


def occurrences(tokens: Sequence[str], part: Sequence[str]) -> Iterator[int]:
    start = 0
    while part and start + len(part) <= len(tokens):
        if list(tokens[start : start + len(part)]) == list(part):
            yield start
            start += len(part)
        else:
            start += 1


@dataclass(frozen=True)
class Score:
    """One page's marks; None where the reference says nothing."""

    precision: float | None
    recall: float | None
    f1: float
    clean: bool
    title: bool
    minute: bool | None
    authors: float


def score(answer: Answer, truth: Mapping[str, Any]) -> Score:
    wanted = words(truth["body"])
    got = without_optional(words(answer.body), wanted, truth.get("optional", ()))
    a, b = shingles(got), shingles(wanted)
    shared = sum((a & b).values())
    precision = shared / sum(a.values()) if a else None
    recall = shared / sum(b.values()) if b else None
    total = sum(a.values()) + sum(b.values())
    text = "".join(fold(answer.body).split())
    residue = any("".join(fold(line).split()) in text for line in truth.get("residue", ()))
    return Score(
        precision,
        recall,
        2 * shared / total if total else 1.0,
        not residue,
        " ".join(fold(answer.title).split()).casefold() == " ".join(fold(truth.get("title")).split()).casefold(),
        same_minute(answer.published, truth) if truth.get("published_at") else None,
        author_f1(answer.authors, truth),
    )


def moment(text: str | None) -> datetime | date | None:
    if not text:
        return None
    return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text)


def same_minute(guess: datetime | date | None, truth: Mapping[str, Any]) -> bool:
    if not isinstance(guess, datetime):
        return False
    stated = [moment(value) for value in (truth["published_at"], *truth.get("published_at_alt", ()))]
    return any(utc_minute(guess) == utc_minute(value) for value in stated if isinstance(value, datetime))


def utc_minute(value: datetime) -> datetime:
    aware = value if value.tzinfo else value.replace(tzinfo=WIB)
    return aware.astimezone(UTC).replace(second=0, microsecond=0)


def author_f1(guess: Sequence[str], truth: Mapping[str, Any]) -> float:
    wanted = {" ".join(words(name)) for name in truth.get("authors", ())}
    neutral = {" ".join(words(n)) for n in (*truth.get("editors", ()), *truth.get("authors_also", ()))} - wanted
    got = {" ".join(words(name)) for name in guess} - {""} - neutral
    return 2 * len(wanted & got) / (len(wanted) + len(got)) if wanted or got else 1.0


# --- the run


def load(folder: Path) -> list[tuple[str, bytes, str, Mapping[str, Any]]]:
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    return [
        (name, gzip.decompress((folder / "html" / f"{name}.html.gz").read_bytes()), entry.get("url") or "", entry)
        for name, entry in truth.items()
    ]


def run(extractor: Extractor, pages: Sequence[tuple[str, bytes, str, Mapping[str, Any]]]) -> tuple[list[Answer], float]:
    """The answers to all pages, and the CPU milliseconds per page."""
    answers, spent = [], 0.0
    gc.collect()
    gc.freeze()  # what other extractors and their answers left is nobody's garbage to look through
    for name, html, url, _ in pages:
        best = float("inf")
        answer = Answer()
        for _ in range(2):
            begun = time.process_time()
            try:
                answer = extractor(html, url)
            except Exception as error:  # noqa: BLE001 - an extractor that fails on a page has no answer to it
                print(f"{extractor.__name__} on {name}: {type(error).__name__}: {error}", file=sys.stderr)
                answer = Answer(refused="failed")
            best = min(best, time.process_time() - begun)
        answers.append(answer)
        spent += best
    return answers, 1000 * spent / len(pages)


def mean(values: Sequence[float | None]) -> float:
    return fmean([value for value in values if value is not None] or [0.0])


def table_of(name: str, folder: Path) -> Table:
    pages = load(folder)
    full = name == "idbench"
    table = Table(title=f"{name}: {len(pages)} pages")
    columns = ["precision", "recall", "F1"]
    if full:
        columns += ["no residue", "recall >= .98", "headline", "date (min)", "authors F1"]
    for column in ("", *columns, "no answer", "CPU ms"):
        table.add_column(column, justify="left" if not column else "right")
    for label, extractor in installed().items():
        answers, cpu = run(extractor, pages)
        if extractor is kliping and not full:
            bodies, _ = run(kliping_body, pages)  # what the corpus refuses has a body too
        else:
            bodies = answers
        scores = [score(answer, truth) for answer, (*_, truth) in zip(bodies, pages, strict=True)]
        precision, recall = mean([s.precision for s in scores]), mean([s.recall for s in scores])
        of_means = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
        cells = [precision, recall, mean([s.f1 for s in scores]) if full else of_means]
        if full:
            cells += [
                mean([s.clean for s in scores]),
                mean([(s.recall or 0.0) >= 0.98 for s in scores]),
                mean([s.title for s in scores]),
                mean([s.minute for s in scores]),
                mean([s.authors for s in scores]),
            ]
        refused = sum(answer.refused is not None for answer in answers)
        table.add_row(label, *(f"{value:.3f}" for value in cells), str(refused), f"{cpu:.1f}")
    return table


_NAME = re.compile(rb'(?<=class=")|(?<=id=")')
_WORD = re.compile(rb"(?<=[ >])[a-z]{5,}(?=[ .,<])")


def distinct(html: bytes, number: int) -> bytes:
    """A page that no other number gives: each class, each id and every word of five letters or more is its own."""
    mark = f"{number:x}".translate(str.maketrans("0123456789abcdef", "aeioukmnprstlbdg")).encode()
    return _WORD.sub(lambda word: word[0] + mark, _NAME.sub(mark + b" ", html))


def memory(folders: Iterable[Path], count: int) -> None:
    """Clean `count` distinct pages in this process and print its resident memory on the way."""
    pages = [page for folder in folders for page in load(folder)]
    for number in range(count):
        _, html, url, _ = pages[number % len(pages)]
        clean(distinct(html, number), f"{url}?{number}" if url else "")
        if number + 1 in (1, 100, count // 10, count // 4, count // 2, count):
            pages_resident = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
            print(f"{number + 1:7} pages: {pages_resident * os.sysconf('SC_PAGE_SIZE') / 2**20:.0f} MB resident")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    for name in SETS:
        parser.add_argument(f"--{name}", type=Path, default=os.environ.get(f"KLIPING_BENCH_{name.upper()}"))
    parser.add_argument(
        "--memory", type=int, default=0, metavar="N", help="also clean N distinct pages, printing memory"
    )
    options = parser.parse_args()
    folders = {name: Path(folder) for name in SETS if (folder := getattr(options, name))}
    if not folders:
        parser.error(
            "name at least one folder of pages, by option or environment; see the head of benchmarks/cleaning.py"
        )
    for name, folder in folders.items():
        if not (folder / "truth.json").is_file():
            parser.error(f"{folder} does not hold truth.json, so it is not a {name} folder")
    logging.disable(logging.CRITICAL)  # extractors log what they discard
    console = Console(width=150)
    for name, folder in folders.items():
        console.print(table_of(name, folder))
    if options.memory:
        memory(folders.values(), options.memory)


if __name__ == "__main__":
    main()

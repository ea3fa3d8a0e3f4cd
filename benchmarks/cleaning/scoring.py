"""Marks for what an extractor says of a page.

A text is a multiset of 4-word shingles; scripts without spaces are cut into characters. `body F1` is that of mean
precision (over pages with an answer) and mean recall, `page F1` the mean of the pages' own: an empty answer is 0 there.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from statistics import fmean
from typing import Any

from settings.clock import WIB

_UNSPACED = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+")
_ZERO_WIDTH = re.compile("[\u200b-\u200d\u2060\ufeff\u00ad]")

MIN_WHOLE_RECALL = 0.98
"""Share of its shingles with which a text counts as whole."""

MIN_USABLE_F1 = 0.5
"""F1 under which a page counts as lost: the answer is more wrong than right."""


@dataclass(frozen=True)
class Answer:
    """What an extractor says of a page; `refused` why it gives none, `doubts` why it is not sure."""

    body: str = ""
    title: str | None = None
    authors: tuple[str, ...] = ()
    published: datetime | date | None = None
    refused: str | None = None
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Score:
    """One page's marks; None where the reference says nothing, or the extractor nothing that could be measured."""

    precision: float | None = None
    recall: float | None = None
    f1: float | None = None
    lost: bool | None = None
    whole: bool | None = None
    snippets: float | None = None
    clean: bool | None = None
    title: bool | None = None
    authors: float | None = None
    day: bool | None = None
    minute: bool | None = None


def score(answer: Answer, truth: Mapping[str, Any]) -> Score:
    marks: dict[str, Any] = {}
    if truth.get("body"):
        marks |= _score_body(answer.body, truth)
    if truth.get("with"):
        marks["snippets"] = _score_snippets(answer.body, truth["with"], truth.get("without", ()))
    if "residue" in truth:
        text = "".join(_fold(answer.body).split())
        marks["clean"] = not any("".join(_fold(line).split()) in text for line in truth["residue"])
    if truth.get("title"):
        marks["title"] = _same_line(answer.title, truth["title"])
    if truth.get("authors") or "editors" in truth:
        marks["authors"] = _author_f1(answer.authors, truth)
    if truth.get("published_at"):
        marks |= _score_date(answer.published, [truth["published_at"], *truth.get("published_at_alt", ())])
    return Score(**marks)


def mean(values: Iterable[float | None]) -> float | None:
    """The mean of those that there are; None if there are none."""
    known = [value for value in values if value is not None]
    return fmean(known) if known else None


def f1_of_means(scores: Sequence[Score]) -> float | None:
    precision, recall = mean(s.precision for s in scores), mean(s.recall for s in scores)
    if recall is None:
        return None
    return 2 * precision * recall / (precision + recall) if precision and recall else 0.0


def as_moment(stated: object) -> datetime | date | None:
    """What a stated date says: a day, or an instant, which is in Western Indonesian Time where it has no offset.

    None for what is not a date: some sets hold numbers in its place.
    """
    text = stated.strip() if isinstance(stated, str) else ""
    try:
        return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text)
    except ValueError:
        return None


def _score_body(body: str, truth: Mapping[str, Any]) -> dict[str, Any]:
    wanted = _words(truth["body"])
    got = _without_optional(_words(body), wanted, truth.get("optional", ()))
    a, b = _shingles(got), _shingles(wanted)
    shared, given, asked = sum((a & b).values()), sum(a.values()), sum(b.values())
    recall = shared / asked if asked else None
    f1 = 2 * shared / (given + asked) if given + asked else 1.0
    return {
        "precision": shared / given if given else None,
        "recall": recall,
        "f1": f1,
        "lost": f1 < MIN_USABLE_F1,
        "whole": recall is None or recall >= MIN_WHOLE_RECALL,
    }


def _score_snippets(body: str, wanted: Sequence[str], unwanted: Sequence[str]) -> float:
    text = " ".join(body.split()).casefold()
    found, wrong = (
        sum(" ".join(each.split()).casefold() in text for each in passages) for passages in (wanted, unwanted)
    )
    return 2 * found / (found + wrong + len(wanted))


def _fold(text: str | None) -> str:
    return _ZERO_WIDTH.sub("", unicodedata.normalize("NFKC", text or ""))


def _words(text: str | None) -> list[str]:
    return _WORD.findall(_fold(text).casefold())


def _shingles(tokens: Sequence[str]) -> Counter[tuple[str, ...]]:
    if len(tokens) < 4:
        return Counter([tuple(tokens)]) if tokens else Counter()
    return Counter(zip(*(tokens[i:] for i in range(4)), strict=False))


def _without_optional(guess: list[str], truth: Sequence[str], optional: Sequence[str]) -> list[str]:
    """The words of an answer without passages that count neither way, as often as the reference lacks them."""
    for passage in sorted(optional, key=len, reverse=True):
        part = _words(passage)
        places = list(_occurrences(guess, part))
        spare = len(places) - len(list(_occurrences(truth, part)))
        for start in places[::-1][: max(spare, 0)]:
            del guess[start : start + len(part)]
    return guess


def _occurrences(tokens: Sequence[str], part: Sequence[str]) -> Iterator[int]:
    start = 0
    while part and start + len(part) <= len(tokens):
        if tokens[start] == part[0] and list(tokens[start : start + len(part)]) == list(part):
            yield start
            start += len(part)
        else:
            start += 1


def _same_line(guess: str | None, truth: str) -> bool:
    return " ".join(_fold(guess).split()).casefold() == " ".join(_fold(truth).split()).casefold()


def _author_f1(guess: Sequence[str], truth: Mapping[str, Any]) -> float:
    wanted = {" ".join(_words(name)) for name in truth.get("authors", ())}
    neutral = {" ".join(_words(n)) for n in (*truth.get("editors", ()), *truth.get("authors_also", ()))} - wanted
    got = {" ".join(_words(name)) for name in guess} - {""} - neutral
    return 2 * len(wanted & got) / (len(wanted) + len(got)) if wanted or got else 1.0


def _score_date(guess: datetime | date | None, stated: Sequence[str]) -> dict[str, Any]:
    wanted = [moment for text in stated if (moment := as_moment(text)) is not None]
    timed = [_aware(moment) for moment in wanted if isinstance(moment, datetime)]
    marks: dict[str, Any] = {"day": any(_days(guess) & _days(moment, guess) for moment in wanted)}
    if timed:
        marks["minute"] = isinstance(guess, datetime) and any(_minute(guess) == _minute(moment) for moment in timed)
    return marks


def _days(moment: datetime | date | None, other: datetime | date | None = None) -> set[date]:
    """The calendar days of a moment: in its own zone, and in that of the other one."""
    if not isinstance(moment, datetime):
        return {moment} if moment is not None else set()
    zones = [_aware(each).tzinfo for each in (moment, other) if isinstance(each, datetime)]
    return {_aware(moment).astimezone(zone).date() for zone in zones}


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=WIB)


def _minute(moment: datetime) -> datetime:
    return _aware(moment).astimezone(UTC).replace(second=0, microsecond=0)

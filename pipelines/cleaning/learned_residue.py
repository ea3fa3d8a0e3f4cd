"""Learned residue: lines that repeat over many distinct articles of one site are that site's boilerplate.

Whatever its language or template, an invitation to a newsletter stands under one article after the other, and no rule
has to know it. What else repeats is text, and must stay: sub-headings and list items (short, inside the text), and the
background paragraphs of a running story or a daily series (their articles have a subject in common). So a line is
learned by how often it stands, where, on how many days, and under how different headlines.

Pure functions: texts in, learned lines with their evidence out; and the lines of one text without those.
"""

import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum

from pipelines.cleaning.text_normalization import squeeze

RULE = "learned"
"""The name under which `rules_fired` tells of learned lines."""

MIN_WINDOW = 20
"""Articles of a window below which it teaches nothing: of ten articles, three may well be one story."""

SHORT = 30
"""Letters and digits of a line below which it may be a sub-heading, a list item or a cell of a table."""

KEPT = 0.5
"""Part of the share asked of a new line at which a known one stays: one at the border must not come and go."""

STEADY = 0.8
"""Share of a line's occurrences that stand at the same end of the text for it to be of that end."""

SUBJECT = 0.6
"""Share of a line's articles that have one word in their headlines, from which they have a subject in common."""

COMMONPLACE = 0.5
"""Part of that share from which the word is as good as common in all headlines, and no subject."""

CHANCE = 0.01
"""Probability below which so many headlines do not have a word by chance: two of three may well name one brand."""

SUBJECT_WORD = 4
"""Letters of a headline's word that can be a subject."""

EXAMPLES = 5

_WORD = re.compile(rf"[^\W\d_]{{{SUBJECT_WORD},}}")


class Place(StrEnum):
    """Where in a text a learned line is residue."""

    OPENING = "opening"
    CLOSING = "closing"
    ANYWHERE = "anywhere"


@dataclass(frozen=True, slots=True)
class Threshold:
    """What is asked of a line: articles that hold it, their share of the window's, days of their publication."""

    articles: int
    share: float
    days: int


AT_ENDS = Threshold(articles=3, share=0.02, days=3)
"""At the ends of texts hardly anything repeats but residue: three distinct texts on three days say enough."""

INSIDE = Threshold(articles=10, share=0.05, days=5)
SHORT_AT_ENDS = Threshold(articles=10, share=0.2, days=5)
"""'Semoga bermanfaat!' closes some of any desk's articles; under a fifth of them it is the template's."""


@dataclass(frozen=True, slots=True)
class Text:
    """An article's text as the learner sees it: `lines` of the body, and `removed`, lines that were learned before.

    `published_at` is aware.
    """

    article_id: str
    headline: str
    lines: tuple[str, ...]
    published_at: datetime
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LearnedLine:
    """A line of a site's boilerplate, as most articles spell it, and the evidence in the window where it is strongest.

    `articles` counts the window's distinct articles that hold the line, `share` is their share (0 to 1), `days` counts
    the days (UTC) of their publication, `examples` are some of their ids. `first_seen` and `last_seen` are times of
    publication, over all windows.
    """

    line: str
    place: Place
    articles: int
    share: float
    days: int
    window: str
    first_seen: datetime
    last_seen: datetime
    examples: tuple[str, ...]

    @property
    def key(self) -> str:
        """What two spellings of one line have in common: letters and digits, case-folded."""
        return squeeze(self.line)


@dataclass(slots=True)
class _Occurrences:
    """Where and when one line stands, over the texts of a window."""

    texts: list[Text] = field(default_factory=list)
    spellings: Counter[str] = field(default_factory=Counter)
    places: Counter[Place] = field(default_factory=Counter)


def learn(window: str, texts: Sequence[Text], known: Iterable[LearnedLine] = ()) -> list[LearnedLine]:
    """The boilerplate among the lines of a site's distinct texts in a window of time, by its name.

    `known` are lines that have been learned already. They count where they were removed as well: a line need not
    come back to stay learned. Returns the most frequent line first.
    """
    if len(texts) < MIN_WINDOW:
        return []
    known_places = places(known)
    subjects = Counter(word for text in texts for word in _words(text.headline))
    return sorted(
        (
            learned
            for key, found in _repeated(texts, known_places).items()
            if (learned := _judged(window, key, found, len(texts), key in known_places))
            and not _have_one_subject(found.texts, subjects, len(texts))
        ),
        key=lambda line: (-line.articles, line.key),
    )


def combined(windows: Iterable[Iterable[LearnedLine]]) -> list[LearnedLine]:
    """What several windows taught: each line once, with its strongest evidence and the time over which it was seen."""
    best: dict[str, LearnedLine] = {}
    for line in (line for window in windows for line in window):
        other = best.setdefault(line.key, line)
        stronger = max(other, line, key=lambda each: (each.share, each.articles))
        best[line.key] = replace(
            stronger,
            first_seen=min(other.first_seen, line.first_seen),
            last_seen=max(other.last_seen, line.last_seen),
        )
    return sorted(best.values(), key=lambda line: (-line.share, line.key))


def places(learned: Iterable[LearnedLine]) -> dict[str, Place]:
    """Learned lines as cleaning needs them, without their evidence: where each is residue, by its key."""
    return {line.key: line.place for line in learned}


def learned_in(lines: Sequence[str], learned: Mapping[str, Place], keep: Collection[str] = ()) -> set[int]:
    """Which of a text's lines, by number, are learned residue where they stand; `keep` are lines that never are.

    `learned` is what `places` makes of the site's learned lines.
    """
    if not learned:
        return set()
    kept = {squeeze(line) for line in keep}
    found = [None if (key := squeeze(line)) in kept else learned.get(key) for line in lines]
    residue = {number for number, place in enumerate(found) if place is Place.ANYWHERE}
    for end, numbers in ((Place.OPENING, range(len(found))), (Place.CLOSING, range(len(found) - 1, -1, -1))):
        for number in numbers:
            if found[number] is not end and number not in residue:
                break
            residue.add(number)
    return residue


def _repeated(texts: Sequence[Text], known: Mapping[str, Place]) -> dict[str, _Occurrences]:
    """The lines that stand in enough distinct texts to be learned at all, by key."""
    counts = Counter(key for text in texts for key in {squeeze(line) for line in (*text.lines, *text.removed)})
    repeated = {key: _Occurrences() for key, count in counts.items() if key and count >= AT_ENDS.articles}
    for text in texts:
        keys = [squeeze(line) for line in text.lines]
        stands = dict(zip(keys, _places(keys, repeated), strict=True))
        spelled = dict(zip(keys, text.lines, strict=True))
        for line in text.removed:
            stands.setdefault(squeeze(line), known.get(squeeze(line), Place.ANYWHERE))
            spelled.setdefault(squeeze(line), line)
        for key in stands.keys() & repeated.keys():
            repeated[key].texts.append(text)
            repeated[key].spellings[spelled[key]] += 1
            repeated[key].places[stands[key]] += 1
    return repeated


def _places(keys: Sequence[str], repeated: Collection[str]) -> list[Place]:
    """The place of each line of a text: at an end are those that have nothing but repeated lines on one side."""
    own = [number for number, key in enumerate(keys) if key not in repeated]
    if not own:
        return [Place.ANYWHERE] * len(keys)
    opening, closing = own[0], len(keys) - own[-1] - 1
    inside = len(keys) - opening - closing
    return [Place.OPENING] * opening + [Place.ANYWHERE] * inside + [Place.CLOSING] * closing


def _judged(window: str, key: str, found: _Occurrences, total: int, is_known: bool) -> LearnedLine | None:
    """The line with its evidence if that is enough, else None."""
    count, share = len(found.texts), len(found.texts) / total
    days = len({text.published_at.astimezone(UTC).date() for text in found.texts})
    place = next((end for end in (Place.CLOSING, Place.OPENING) if found.places[end] >= STEADY * count), Place.ANYWHERE)
    asked = INSIDE if place is Place.ANYWHERE else AT_ENDS
    if len(key) < SHORT:
        if place is Place.ANYWHERE:
            return None
        asked = SHORT_AT_ENDS
    if count < asked.articles or days < asked.days or share < asked.share * (KEPT if is_known else 1):
        return None
    dated = sorted(found.texts, key=lambda text: (text.published_at, text.article_id))
    return LearnedLine(
        line=min(found.spellings, key=lambda spelling: (-found.spellings[spelling], spelling)),
        place=place,
        articles=count,
        share=share,
        days=days,
        window=window,
        first_seen=dated[0].published_at,
        last_seen=dated[-1].published_at,
        examples=tuple(text.article_id for text in dated[-EXAMPLES:]),
    )


def _have_one_subject(texts: Sequence[Text], subjects: Mapping[str, int], total: int) -> bool:
    """Whether a word stands in most of the texts' headlines and is no common one: they are one story, or one series."""
    words = Counter(word for text in texts for word in _words(text.headline))
    return any(
        count >= SUBJECT * len(texts)
        and (common := subjects[word] / total) < COMMONPLACE * count / len(texts)
        and _at_least(count, len(texts), common) < CHANCE
        for word, count in words.items()
    )


def _at_least(count: int, trials: int, probability: float) -> float:
    """Probability of `count` or more hits in so many trials: the upper tail of the binomial distribution."""
    return sum(
        math.comb(trials, hits) * probability**hits * (1 - probability) ** (trials - hits)
        for hits in range(count, trials + 1)
    )


def _words(headline: str) -> set[str]:
    return set(_WORD.findall(headline.lower()))

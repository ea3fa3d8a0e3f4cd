"""Learned residue: lines that repeat over many distinct articles of one site are that site's boilerplate.

An invitation to a newsletter stands below article after article, whatever the language or template, so no rule has to
describe it. Other lines repeat as well but are text and must stay: sub-headings and list items (short, and inside the
text), and the background paragraphs of a running story or a daily series (their articles share a subject). A line is
therefore learned from how often it occurs, where in the texts, on how many days, and under how varied headlines.

All functions are pure. `learn` takes texts and returns learned lines with their evidence; `learned_in` finds those
lines in one text.
"""

import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum

from pipelines.cleaning.text_normalization import letters_only

LEARNED_RULE = "learned"
"""The name of learned lines in `Article.rules_fired`."""

MIN_WINDOW_ARTICLES = 20
"""Articles that a window needs for anything to be learned from it: of ten articles, three may well be one story."""

MIN_SENTENCE_LETTERS = 30
"""Letters and digits of a line that is a sentence; a shorter one may be a sub-heading, a list item or a table cell."""

KNOWN_LINE_SHARE_FACTOR = 0.5
"""Factor on the share that a new line needs, for one that is known: a line at the threshold must not come and go."""

MIN_POSITION_SHARE = 0.8
"""Share of a line's occurrences that must stand at the same end of the text for it to belong to that end."""

MIN_SUBJECT_SHARE = 0.6
"""Share of a line's articles whose headlines must contain the same word for them to share a subject."""

MAX_COMMON_WORD_RATIO = 0.5
"""Ratio of the word's share of all headlines to its share of the line's: above it the word is merely common."""

MAX_CHANCE_PROBABILITY = 0.01
"""Probability above which the headlines may share a word by chance: two of three may well name the same brand."""

MIN_SUBJECT_LETTERS = 4
"""Letters of a word that can be a subject: shorter ones are function words."""

MAX_EXAMPLES = 5
"""Ids of articles that are kept as evidence for a line: enough to look it up by hand."""

_SUBJECT_WORD = re.compile(rf"[^\W\d_]{{{MIN_SUBJECT_LETTERS},}}")


class Position(StrEnum):
    """Where in a text a learned line is residue."""

    OPENING = "opening"
    CLOSING = "closing"
    ANYWHERE = "anywhere"


@dataclass(frozen=True, slots=True)
class Threshold:
    """What a line needs: articles that hold it, their share of the window's articles, and days of publication."""

    articles: int
    share: float
    days: int


END_THRESHOLD = Threshold(articles=3, share=0.02, days=3)
"""Hardly anything but residue repeats at the ends of texts: three distinct texts on three days are enough."""

INSIDE_THRESHOLD = Threshold(articles=10, share=0.05, days=5)
"""Inside texts, background paragraphs repeat as well, but under fewer articles and on fewer days."""

SHORT_LINE_THRESHOLD = Threshold(articles=10, share=0.2, days=5)
"""'Semoga bermanfaat!' closes some articles of any desk; where a fifth of them end with it, it is the template's."""


@dataclass(frozen=True, slots=True)
class Text:
    """An article's text: the `lines` of its body, and the lines `removed` from it because they were learned before.

    `published_at` is aware.
    """

    article_id: str
    headline: str
    lines: tuple[str, ...]
    published_at: datetime
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LearnedLine:
    """A line of a site's boilerplate, as most articles spell it, with the evidence of the window where it is strongest.

    `place` is where in a text it is residue. `articles` counts the window's distinct articles that hold the line,
    `share` is their share (0 to 1), `days` counts their days of publication (UTC), and `examples` holds some of their
    ids. `first_seen` and `last_seen` are times of publication over all windows. The names are columns of the table
    `residue`.
    """

    line: str
    place: Position
    articles: int
    share: float
    days: int
    window: str
    first_seen: datetime
    last_seen: datetime
    examples: tuple[str, ...]

    @property
    def key(self) -> str:
        """What all spellings of the line have in common: its letters and digits in lower case."""
        return letters_only(self.line)


@dataclass(slots=True)
class _Occurrences:
    """Where and when one line occurs in the texts of a window."""

    texts: list[Text] = field(default_factory=list)
    spellings: Counter[str] = field(default_factory=Counter)
    positions: Counter[Position] = field(default_factory=Counter)


def learn(window: str, texts: Sequence[Text], known: Iterable[LearnedLine] = ()) -> list[LearnedLine]:
    """Learn the boilerplate of a site from its distinct texts in one window of time; `window` is the window's name.

    `known` are the lines that are learned already. Texts that they were removed from still count for them, so that a
    line stays learned although it no longer reaches the archive. Returns the most frequent line first.
    """
    if len(texts) < MIN_WINDOW_ARTICLES:
        return []
    known_positions = positions(known)
    subjects = Counter(word for text in texts for word in _words(text.headline))
    return sorted(
        (
            learned
            for key, occurrences in _repeated(texts, known_positions).items()
            if (learned := _evidence_for(window, key, occurrences, len(texts), key in known_positions))
            and not _share_a_subject(occurrences.texts, subjects, len(texts))
        ),
        key=lambda line: (-line.articles, line.key),
    )


def combined(windows: Iterable[Iterable[LearnedLine]]) -> list[LearnedLine]:
    """Merge the lines of several windows: each line once, with its strongest evidence and its whole time span."""
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


def positions(learned: Iterable[LearnedLine]) -> dict[str, Position]:
    """Return where each learned line is residue, by its key: what cleaning needs of the lines."""
    return {line.key: line.place for line in learned}


def learned_in(lines: Sequence[str], learned: Mapping[str, Position], keep: Collection[str] = ()) -> set[int]:
    """Return the numbers of the lines that are learned residue in their position in the text.

    `learned` is what `positions` returns for the site; lines in `keep` are never residue.
    """
    if not learned:
        return set()
    kept_keys = {letters_only(line) for line in keep}
    found = [None if (key := letters_only(line)) in kept_keys else learned.get(key) for line in lines]
    residue = {number for number, position in enumerate(found) if position is Position.ANYWHERE}
    for end, numbers in ((Position.OPENING, range(len(found))), (Position.CLOSING, range(len(found) - 1, -1, -1))):
        for number in numbers:
            if found[number] is not end and number not in residue:
                break
            residue.add(number)
    return residue


def _repeated(texts: Sequence[Text], known: Mapping[str, Position]) -> dict[str, _Occurrences]:
    """Return the lines that occur in enough distinct texts to be learned at all, by key."""
    counts = Counter(key for text in texts for key in {letters_only(line) for line in (*text.lines, *text.removed)})
    repeated = {key: _Occurrences() for key, count in counts.items() if key and count >= END_THRESHOLD.articles}
    for text in texts:
        keys = [letters_only(line) for line in text.lines]
        position_by_key = dict(zip(keys, _positions_in(keys, repeated), strict=True))
        spelling_by_key = dict(zip(keys, text.lines, strict=True))
        for line in text.removed:
            position_by_key.setdefault(letters_only(line), known.get(letters_only(line), Position.ANYWHERE))
            spelling_by_key.setdefault(letters_only(line), line)
        for key in position_by_key.keys() & repeated.keys():
            repeated[key].texts.append(text)
            repeated[key].spellings[spelling_by_key[key]] += 1
            repeated[key].positions[position_by_key[key]] += 1
    return repeated


def _positions_in(keys: Sequence[str], repeated: Collection[str]) -> list[Position]:
    """Return the position of each line: lines with only repeated lines between them and an end belong to that end."""
    unrepeated = [number for number, key in enumerate(keys) if key not in repeated]
    if not unrepeated:
        return [Position.ANYWHERE] * len(keys)
    opening, closing = unrepeated[0], len(keys) - unrepeated[-1] - 1
    inside = len(keys) - opening - closing
    return [Position.OPENING] * opening + [Position.ANYWHERE] * inside + [Position.CLOSING] * closing


def _evidence_for(window: str, key: str, occurrences: _Occurrences, total: int, is_known: bool) -> LearnedLine | None:
    """Return the line with its evidence, or None if the evidence is too weak."""
    count, share = len(occurrences.texts), len(occurrences.texts) / total
    days = len({text.published_at.astimezone(UTC).date() for text in occurrences.texts})
    ends = (Position.CLOSING, Position.OPENING)
    position = next(
        (end for end in ends if occurrences.positions[end] >= MIN_POSITION_SHARE * count), Position.ANYWHERE
    )
    threshold = INSIDE_THRESHOLD if position is Position.ANYWHERE else END_THRESHOLD
    if len(key) < MIN_SENTENCE_LETTERS:
        if position is Position.ANYWHERE:
            return None
        threshold = SHORT_LINE_THRESHOLD
    min_share = threshold.share * (KNOWN_LINE_SHARE_FACTOR if is_known else 1)
    if count < threshold.articles or days < threshold.days or share < min_share:
        return None
    dated = sorted(occurrences.texts, key=lambda text: (text.published_at, text.article_id))
    return LearnedLine(
        line=min(occurrences.spellings, key=lambda spelling: (-occurrences.spellings[spelling], spelling)),
        place=position,
        articles=count,
        share=share,
        days=days,
        window=window,
        first_seen=dated[0].published_at,
        last_seen=dated[-1].published_at,
        examples=tuple(text.article_id for text in dated[-MAX_EXAMPLES:]),
    )


def _share_a_subject(texts: Sequence[Text], subjects: Mapping[str, int], total: int) -> bool:
    """Whether most of the headlines share a word that is rare in other headlines: they are one story or one series."""
    words = Counter(word for text in texts for word in _words(text.headline))
    return any(
        count >= MIN_SUBJECT_SHARE * len(texts)
        and (common := subjects[word] / total) < MAX_COMMON_WORD_RATIO * count / len(texts)
        and _at_least(count, len(texts), common) < MAX_CHANCE_PROBABILITY
        for word, count in words.items()
    )


def _at_least(count: int, trials: int, probability: float) -> float:
    """Return the probability of at least `count` hits in `trials`: the upper tail of the binomial distribution."""
    return sum(
        math.comb(trials, hits) * probability**hits * (1 - probability) ** (trials - hits)
        for hits in range(count, trials + 1)
    )


def _words(headline: str) -> set[str]:
    return set(_SUBJECT_WORD.findall(headline.lower()))

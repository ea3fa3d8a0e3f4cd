"""What a re-extraction changes, or would change: in figures, in one sentence, and by the articles that change most."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from pipelines.archive.residue_signs import has_residue
from pipelines.archive.schema import Row
from pipelines.archive.versions import marked, paragraph_differences

MAX_EXAMPLES = 5
"""Of a month: those whose length changes most come first, and after a handful one knows what a rule does."""

MAX_EXAMPLE_LINES = 8
MAX_EXAMPLE_LINE_CHARS = 240
"""Of what is shown of one article: enough to tell residue from text."""


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A row of `articles` as it is, and as the rules of today make it; `columns` are those that differ, by name."""

    before: Row
    after: Row
    columns: Sequence[str]

    @property
    def change_of_length(self) -> float:
        """How many words came or went, as a share of those before."""
        before, after = (int(row["word_count"]) for row in (self.before, self.after))
        return abs(after - before) / max(before, 1)


@dataclass(frozen=True, slots=True)
class Example:
    """An article that comes out differently: in which columns, and in `lines` what of headline and text was taken out
    (-), put in (+) or changed (~).
    """

    url: str
    columns: tuple[str, ...]
    words_before: int
    words_after: int
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReextractionProblem:
    """An article whose row stays as it was, and why."""

    url: str
    detail: str


@dataclass(frozen=True, slots=True)
class Changes:
    """What becomes of the articles that come out with other content.

    `new_versions` counts them, `columns` in how many of them each column differs. Of all of them together: the words
    before and after, and in how many texts a sign of residue stands, before and after. `examples` names up to
    MAX_EXAMPLES.
    """

    new_versions: int
    columns: Mapping[str, int]
    words_before: int
    words_after: int
    residue_before: int
    residue_after: int
    examples: tuple[Example, ...]

    @property
    def sentence(self) -> str:
        """The figures, in words."""
        if not self.new_versions:
            return "no text or field differs"
        by_column = sorted(self.columns.items(), key=lambda item: (-item[1], item[0]))
        growth = (self.words_after - self.words_before) / max(self.words_before, 1)
        return (
            f"{', '.join(f'{name} {count}' for name, count in by_column)}; "
            f"{self.words_before} words become {self.words_after} ({growth:+.1%}); "
            f"signs of residue in {self.residue_before} texts before, in {self.residue_after} after"
        )


def changes(found: Sequence[NewVersion]) -> Changes:
    """What becomes of articles, in figures and examples."""
    most = sorted(found, key=lambda each: (-each.change_of_length, each.before["url"]))
    return Changes(
        new_versions=len(found),
        columns=dict(Counter(name for each in found for name in each.columns)),
        words_before=sum(each.before["word_count"] for each in found),
        words_after=sum(each.after["word_count"] for each in found),
        residue_before=sum(has_residue(each.before["body"]) for each in found),
        residue_after=sum(has_residue(each.after["body"]) for each in found),
        examples=tuple(map(_example, most[:MAX_EXAMPLES])),
    )


def _example(of: NewVersion) -> Example:
    before, after = of.before, of.after
    lines = paragraph_differences(before["body"], after["body"])
    shown = [*islice(lines, MAX_EXAMPLE_LINES)]
    if before["headline"] != after["headline"]:
        shown.insert(0, f"headline: {marked(before['headline'], after['headline'])}")
    return Example(
        before["url"],
        tuple(of.columns),
        before["word_count"],
        after["word_count"],
        tuple(line if len(line) <= MAX_EXAMPLE_LINE_CHARS else f"{line[:MAX_EXAMPLE_LINE_CHARS]}…" for line in shown),
    )


@dataclass(frozen=True, slots=True)
class Reextraction:
    """What re-extracting a month of a site came to.

    Of the month's `articles`, `changed` come out differently, those of `changes` with other content, and `unchanged` do
    not. `published` says whether the changed ones have new rows now. `refused` are not articles by the rules of today,
    or excluded by the operator: they stay, for someone to look at. `failed` could not be read or cleaned. `pages`
    counts the pages read. `problems` names up to MAX_PROBLEMS of the refused and failed.
    """

    site: str
    month: str
    articles: int
    pages: int
    changed: int
    unchanged: int
    refused: int
    failed: int
    changes: Changes
    published: bool
    seconds: float
    problems: tuple[ReextractionProblem, ...] = ()

    @property
    def percent(self) -> int:
        """Of the articles, those that come out with other content, rounded up: a limit of it lets them all pass."""
        return -(-100 * self.changes.new_versions // max(self.articles, 1))

    @property
    def sentence(self) -> str:
        """What was found, and whether it was published."""
        done = "published" if self.published else "nothing was written"
        changed = f"{self.changes.new_versions} of {self.articles} articles ({self.percent} %)"
        return (
            f"{self.site}, {self.month}: {changed} come out differently: {self.changes.sentence}; "
            f"{self.refused} refused, {self.failed} failed: {done}."
        )

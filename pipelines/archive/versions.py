"""The versions of one text: what each says that the one before did not, in a row's columns and for people to read."""

import difflib
from collections.abc import Iterator, Sequence

from deltalake.exceptions import TableNotFoundError

from pipelines.archive.conditions import IS_COPY_WITH_TEXT, sql
from pipelines.archive.rows import article_part
from pipelines.archive.schema import ARTICLES, DUPLICATES, REVISIONS, Row
from pipelines.archive.tables import Corpus

MIN_LIKENESS = 0.4
"""Of two paragraphs that stand in each other's place, from which on they are one that was changed, word by word."""

MAX_UNCHANGED_CHARS = 60
"""Of a paragraph that stayed, shown so that a reader knows where he is."""


def versions(corpus: Corpus, article_id: str) -> list[Row]:
    """All versions of an article or a copy that the tables hold, the first one first, in the columns of `articles`;
    empty where there is none.

    Raises StorageUnavailable.
    """
    found: list[Row] = []
    of_it = f"t.article_id = {sql(article_id)}"
    for table, where in (
        (REVISIONS, of_it),
        (DUPLICATES, f"{of_it} AND {IS_COPY_WITH_TEXT}"),
        (ARTICLES, of_it),
    ):
        try:
            found += map(article_part, corpus.select(table, where))
        except TableNotFoundError:
            continue
    # Of one revision, what was read by later rules comes later; as the crawl made it, it says no time.
    return sorted(found, key=lambda row: (row["revision"], row["reextracted_at"] or row["first_fetched_at"]))


def described(rows: Sequence[Row]) -> Iterator[str]:
    """The versions in words, line by line: for each when it was fetched and what it says anew, by paragraph. In a
    paragraph that was changed `[-words-]` were taken out and `{+words+}` put in.
    """
    before: Row | None = None
    for row in rows:
        made = f", read anew {row['reextracted_at']:%Y-%m-%d %H:%M}" if row["reextracted_at"] else ""
        yield f"revision {row['revision']}, fetched {row['fetched_at']:%Y-%m-%d %H:%M} UTC{made}"
        if before is None:
            yield f"  {row['headline']}"
            yield f"  {row['url']}"
            yield f"  {row['word_count']} words"
        else:
            yield from (f"  {line}" for line in _differences(before, row))
        yield ""
        before = row


def _differences(old: Row, new: Row) -> Iterator[str]:
    for name in ("headline", "url", "correction"):
        if old[name] != new[name]:
            yield f"{name}: {marked(old[name] or '', new[name] or '')}"
    if old["body"] == new["body"]:
        yield "the text is as it was"
    else:
        yield from paragraph_differences(old["body"], new["body"])


def paragraph_differences(old: str, new: str) -> Iterator[str]:
    """The paragraphs of two texts that were taken out (-), put in (+) or changed (~), and how the one before each
    begins.
    """
    before, after = old.split("\n"), new.split("\n")
    last = ""
    for kind, i, j, k, m in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            last = before[j - 1]
            continue
        if last:
            yield f"  {last[:MAX_UNCHANGED_CHARS]}{'…' * (len(last) > MAX_UNCHANGED_CHARS)}"
            last = ""
        yield from _replaced(before[i:j], after[k:m])


def _replaced(old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    for mine, theirs in zip(old, new, strict=False):
        if difflib.SequenceMatcher(None, mine.split(), theirs.split(), autojunk=False).ratio() >= MIN_LIKENESS:
            yield f"~ {marked(mine, theirs)}"
        else:
            yield f"- {mine}"
            yield f"+ {theirs}"
    yield from (f"- {line}" for line in old[len(new) :])
    yield from (f"+ {line}" for line in new[len(old) :])


def marked(old: str, new: str) -> str:
    """A line as it is now, with the words that were taken out and put in marked."""
    forms = {"=": "{}", "-": "[-{}-]", "+": "{{+{}+}}"}
    return " ".join(forms[kind].format(words) for kind, words in changed_words(old, new))


def changed_words(old: str, new: str) -> Iterator[tuple[str, str]]:
    """The words of two lines in order: those of both (=), those that were taken out (-) and put in (+)."""
    before, after = old.split(), new.split()
    for kind, i, j, k, m in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            yield "=", " ".join(after[k:m])
            continue
        if j > i:
            yield "-", " ".join(before[i:j])
        if m > k:
            yield "+", " ".join(after[k:m])

"""What a person asks for in words, as a query to the index.

baterai tanam           both words, in headline or text, in whatever form
"kecerdasan buatan"     these words one after the other
baterai -mobil          the first and not the second
5G OR "jaringan 6G"     one of the two
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import tantivy
from tantivy import Occur, Query

from .fields import BODY, HEADLINE, seconds
from .published import SearchError
from .terms import stems

MAX_QUERY_CHARS = 1_000
"""A query is read by a person; what is longer is a text."""

HEADLINE_WEIGHT = 2.0
"""A word in the headline beside one in the text: what an article is about stands there."""

TOKEN = re.compile(r'(?P<minus>-?)(?:"(?P<phrase>[^"]*)"|(?P<word>[^\s"]+))')


@dataclass(frozen=True, slots=True)
class Asked:
    """A query that was read: each of `groups` has words and phrases, as lists of stems, of which an article has one at
    least; `excluded` are those that it must not have.
    """

    groups: Sequence[Sequence[Sequence[str]]]
    excluded: Sequence[Sequence[str]] = field(default_factory=list)

    @property
    def stems(self) -> frozenset[str]:
        """All stems that are looked for."""
        return frozenset(stem for group in self.groups for words in group for stem in words)


def read_query(text: str) -> Asked:
    """Read a query. Raises SearchError, which says what is wrong with it."""
    if len(text) > MAX_QUERY_CHARS:
        raise SearchError(f"a query has at most {MAX_QUERY_CHARS:,} characters, and this one {len(text):,}")
    if text.count('"') % 2:
        raise SearchError(f"a quotation mark is not closed in {text.strip()!r}")
    groups: list[list[Sequence[str]]] = []
    excluded: list[Sequence[str]] = []
    joins = waits = False
    for found in TOKEN.finditer(text):
        if found["word"] == "OR" and not found["minus"]:
            if not groups or waits:
                raise SearchError("OR stands between two words")
            waits = True
            continue
        joins, waits = waits, False
        words = stems(found["phrase"] if found["word"] is None else found["word"]).split()
        if found["word"] is not None:
            words = list(dict.fromkeys(words))  # *anak-anak* is one word
        if found["minus"] and joins:
            raise SearchError("what stands after OR cannot be excluded")
        if not words:
            continue
        if found["minus"]:
            excluded.append(words)
        elif joins:
            groups[-1].append(words)
        else:
            groups.append([words])
    if waits:
        raise SearchError("OR stands between two words")
    if not groups:
        raise SearchError(_nothing_asked(text, bool(excluded)))
    return Asked(groups, excluded)


def _nothing_asked(text: str, excludes: bool) -> str:
    if excludes:
        return "a query cannot only exclude: say a word that is to be there as well"
    if any(map(str.isalnum, text)):
        return f"{text.strip()!r} has only words that stand in every text: say a rarer one"
    return "there is no word in the query"


def to_tantivy(
    schema: tantivy.Schema, asked: Asked, sites: Sequence[str], begin: datetime | None, end: datetime | None
) -> Query:
    """The query, of articles of `sites` (none: all) that were published from `begin` on and before `end`."""
    parts = [
        (Occur.Must, Query.boolean_query([(Occur.Should, _of(schema, w)) for w in group])) for group in asked.groups
    ]
    parts += [(Occur.MustNot, _of(schema, words)) for words in asked.excluded]
    if sites:
        among = Query.term_set_query(schema, "site", list(sites))
        parts.append((Occur.Must, Query.const_score_query(among, 0.0)))
    if begin or end:
        between = Query.range_query(
            schema,
            "published_at",
            tantivy.FieldType.Integer,
            seconds(begin) if begin else None,
            seconds(end) if end else None,
            include_upper=end is None,  # as tantivy wants it of a side without a bound
        )
        parts.append((Occur.Must, Query.const_score_query(between, 0.0)))
    return Query.boolean_query(parts)


def _of(schema: tantivy.Schema, words: Sequence[str]) -> Query:
    """A word or a phrase, in headline or text."""

    def standing_in(name: str) -> Query:
        if len(words) == 1:
            return Query.term_query(schema, name, words[0], index_option="freq")
        return Query.phrase_query(schema, name, list(words))

    headline = Query.boost_query(standing_in(HEADLINE), HEADLINE_WEIGHT)
    return Query.boolean_query([(Occur.Should, headline), (Occur.Should, standing_in(BODY))])

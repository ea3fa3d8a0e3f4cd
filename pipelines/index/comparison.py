"""Whether two texts are the same text, by their wordings: what a copy keeps and another text of its template does not.

Containment is the share of the one text's words that stand in the other in runs of SHINGLE_WORDS words or more. It is
counted without what stands in several further texts as well: the words of a template, a price list or a newsletter say
nothing. And where both have the same sentence with other numbers or names in it, they are two texts, however much else
they share.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Self, TypeVar

import numpy as np

from pipelines.index.fingerprints import HASH_BITS, HASH_MASK, SHINGLE_WORDS, WordClass, Words, shingles, words_of

K = TypeVar("K")

MIN_NEAR_CONTAINMENT = 0.6
"""Of either text in the other, from which on they are the same text. On the half of `make bench-duplicates` for
choosing no two short texts over one long boilerplate have more than 0.55, and few copies with another ending less than
0.62."""

MIN_COPY_CONTAINMENT = 0.7
"""Of a text in the other, from which on it adds nothing that would be lost if it were left out."""

MIN_PART_CONTAINMENT = 0.8
"""Of the shorter text in the longer, from which on it is a part of it."""

MIN_SIMILAR_CONTAINMENT = 0.5
"""Of either text in the other, template and all, from which on a link is worth recording."""

MIN_TEMPLATE_TEXTS = 3
"""Of the texts that are like a text, how many have a shingle from which on it is their template's."""

MIN_OWN_WORDS = 20
"""A text that has fewer beside its template's has nothing by which it could be told to be a copy."""

MIN_NUMBER_CONTAINMENT = 0.7
"""Of the different numbers of the text that has fewer, where it has at least MIN_NUMBERS: a table has no sentences."""

MIN_NUMBERS = 4

MAX_NAME_CONFLICT_SHARE = 0.2
"""Of the places where both texts name something: an editor shortens or explains a name here and there."""


MAX_LIKENESSES = 4
"""Texts that are compared word by word, those that share most: it bounds the time where many are of one template."""


class Kind(StrEnum):
    """How a text repeats another, from most to least: `exact` has equal letters and digits, `near` is the same text
    edited, `contains` means that the longer of the two has the shorter in it, `similar` that they share wording and are
    two texts.
    """

    EXACT = "exact"
    NEAR = "near"
    CONTAINS = "contains"
    SIMILAR = "similar"


@dataclass(frozen=True, slots=True)
class Likeness:
    """How two texts are alike: `similarity` is the share of the word shingles of either that both have, `containment`
    that of the shorter's words that stand in the longer, what a template has not counted. `adds` says that the first of
    the two has something that the other has not.
    """

    kind: Kind
    similarity: float
    containment: float
    adds: bool


class Wording:
    """A text as its words (see `fingerprints.wording`), with what comparing it takes."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self.sequence: list[int] = shingles(words).tolist()
        self._classes = words >> HASH_BITS

    @classmethod
    def read(cls, packed: bytes) -> Self:
        """The text that a fingerprint holds."""
        return cls(words_of(packed))

    @cached_property
    def shingles(self) -> frozenset[int]:
        return frozenset(self.sequence)

    @cached_property
    def numbers(self) -> frozenset[int]:
        """The different words of the text that are numbers."""
        return frozenset(self.words[self._classes == WordClass.NUMBER].tolist())

    @cached_property
    def mentions(self) -> Mapping[WordClass, Mapping[tuple[int, ...], list[frozenset[int]]]]:
        """What the text has of numbers and of names, each by the words around it."""
        classes = self._classes.astype(np.int64)
        # Numbers or names in a row are one mention; in the skeleton it is one place, named for its class.
        is_place = np.append(True, (classes[1:] != classes[:-1]) | (classes[1:] == WordClass.WORD))
        places = np.where(classes == WordClass.WORD, self.words, -classes)[is_place]
        skeleton: list[int] = places.tolist()
        starts: list[int] = np.append(np.flatnonzero(is_place), len(self.words)).tolist()
        hashes: list[int] = (self.words & HASH_MASK).tolist()
        found: dict[WordClass, dict[tuple[int, ...], list[frozenset[int]]]] = {}
        for kind in (WordClass.NAME, WordClass.NUMBER):
            by_context = found[kind] = defaultdict(list)
            for at in np.flatnonzero(places == -kind).tolist():
                around = (*skeleton[max(at - 2, 0) : at], *skeleton[at + 1 : at + 2])
                if len([code for code in around if code >= 0]) >= MIN_CONTEXT_WORDS:
                    by_context[around].append(frozenset(hashes[starts[at] : starts[at + 1]]))
        return found

    def words_in(self, having: AbstractSet[int]) -> int:
        """How many words are part of a shingle that is one of these."""
        found = np.fromiter(map(having.__contains__, self.sequence), bool, len(self.sequence))
        covered = np.zeros(len(self.words), bool)
        for offset in range(SHINGLE_WORDS):
            covered[offset : offset + len(found)] |= found
        return int(np.count_nonzero(covered))

    def containment(self, other: Self, template: AbstractSet[int]) -> float | None:
        """The share of this text's words that stand in the other, the template's not counted; None where it has too
        few others.
        """
        own = self.words_in(self.shingles - template) if template else len(self.words)
        if own < MIN_OWN_WORDS:
            return None
        return self.words_in((self.shingles & other.shingles) - template) / own


MIN_CONTEXT_WORDS = 2
"""Of the three words around a number or name, how many must be plain words for it to be the same place in two texts."""


def template_of(texts: Collection[Wording]) -> frozenset[int]:
    """The shingles that stand in so many of these texts that they are a template's."""
    seen_by_count: list[set[int]] = [set() for _ in range(MIN_TEMPLATE_TEXTS)]
    for text in texts:
        again: AbstractSet[int] = text.shingles
        for seen in seen_by_count:
            repeated = seen & again
            seen |= again
            again = repeated
    return frozenset(seen_by_count[-1])


def best_likeness(text: Wording, others: Mapping[K, Wording], known: Collection[Wording]) -> tuple[K, Likeness] | None:
    """Which of the `others`, by their keys, the text repeats, and how; None where it is like none of them.

    `known` are all texts that are like the text, from which is learned what is a template's.
    """
    promising = [
        (shared, key)
        for key, other in others.items()
        if (shared := len(text.shingles & other.shingles)) * SHINGLE_WORDS
        >= MIN_SIMILAR_CONTAINMENT * min(len(text.shingles), len(other.shingles))
    ]
    if not promising:
        return None
    # sort() keeps the order that the texts came in where they share as many.
    promising.sort(key=lambda found: -found[0])
    template = template_of(known)
    alike = [(key, like) for _, key in promising[:MAX_LIKENESSES] if (like := likeness(text, others[key], template))]
    return min(
        alike,
        key=lambda found: (list(Kind).index(found[1].kind), -found[1].containment, -found[1].similarity),
        default=None,
    )


def likeness(one: Wording, other: Wording, template: AbstractSet[int] = frozenset()) -> Likeness | None:
    """How `one` repeats `other`; None where they are too little alike for a link. Never `exact`, which hashes tell.

    `template` are the shingles that several further texts have.
    """
    shared = len(one.shingles & other.shingles)
    similarity = shared / len(one.shingles | other.shingles)
    is_longer = len(one.words) > len(other.words)
    wholes = one.containment(other, frozenset()), other.containment(one, frozenset())
    whole = max(filter(None, wholes), default=0.0)
    if whole < MIN_SIMILAR_CONTAINMENT:
        return None
    own, others = (one.containment(other, template), other.containment(one, template)) if template else wholes
    part = (others if is_longer else own) or 0.0
    kind = Kind.SIMILAR
    if own is not None and others is not None and not differ(one, other):
        if min(own, others) >= MIN_NEAR_CONTAINMENT:
            kind = Kind.NEAR
        elif part >= MIN_PART_CONTAINMENT:
            kind = Kind.CONTAINS
    return Likeness(kind, similarity, part, adds=kind is Kind.SIMILAR or (own or 0.0) < MIN_COPY_CONTAINMENT)


def differ(one: Wording, other: Wording) -> bool:
    """Whether the texts say different things in the same words: other numbers, or many other names."""
    fewest = min(len(one.numbers), len(other.numbers))
    if fewest >= MIN_NUMBERS and len(one.numbers & other.numbers) < MIN_NUMBER_CONTAINMENT * fewest:
        return True
    agreeing, conflicting = _compared(one, other, WordClass.NUMBER)
    if conflicting:
        return True
    agreeing, conflicting = _compared(one, other, WordClass.NAME)
    return conflicting > 1 and conflicting > MAX_NAME_CONFLICT_SHARE * (agreeing + conflicting)


def _compared(one: Wording, other: Wording, kind: WordClass) -> tuple[int, int]:
    """In how many of the places that both have they say the same, and in how many something else."""
    mine, theirs = one.mentions[kind], other.mentions[kind]
    places = mine.keys() & theirs.keys()
    agreeing = sum(any(a <= b or b <= a for a in mine[place] for b in theirs[place]) for place in places)
    return agreeing, len(places) - agreeing

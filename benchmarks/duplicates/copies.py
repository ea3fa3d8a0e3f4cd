"""What becomes of a news text when another desk takes it over, or its own goes on with it."""

import random
from collections.abc import Callable, Mapping
from functools import partial

from benchmarks.duplicates.prose import ADJECTIVES, NOUNS, Prose, paragraphs

Edit = Callable[[list[str], Prose], list[str]]
"""Makes the sentences of a copy out of those of a text."""


def light(sentences: list[str], prose: Prose) -> list[str]:
    """Another dateline, a word or two, the other site's closing line."""
    first, *rest = swapped(sentences, prose, 0.01)
    closing = "Simak kabar teknologi lain hanya di laman ini setiap hari."
    return [f"Warta Digital, {prose.one_of(('Jakarta', 'Bandung', 'Medan'))} - {first}", *rest, closing]


def heavy(sentences: list[str], prose: Prose) -> list[str]:
    """The lead in other words, one word in twenty changed, a sentence left out, a paragraph of the desk's own."""
    at = prose.random.randrange(2, len(sentences) - 1)
    kept = sentences[1:at] + sentences[at + 1 :]
    return [prose.sentence(), *swapped(kept, prose, 0.05), *prose.sentences(15)]


def intro_changed(sentences: list[str], prose: Prose) -> list[str]:
    return [*prose.sentences(20), *sentences[2:]]


def ending_changed(sentences: list[str], prose: Prose) -> list[str]:
    return [*sentences[:-2], *prose.sentences(20)]


def paragraph_added(sentences: list[str], prose: Prose) -> list[str]:
    at = prose.random.randrange(1, len(sentences))
    return [*sentences[:at], *prose.sentences(30), *sentences[at:]]


def order_changed(sentences: list[str], prose: Prose) -> list[str]:
    pairs = [sentences[at : at + 2] for at in range(0, len(sentences), 2)]
    head, *tail = pairs
    prose.random.shuffle(tail)
    return [sentence for pair in (head, *tail) for sentence in pair]


def cut(sentences: list[str], prose: Prose, share: float) -> list[str]:  # noqa: ARG001 - as every Edit
    """The first sentences, so much of the text."""
    wanted = share * sum(len(sentence.split()) for sentence in sentences)
    kept: list[str] = []
    for sentence in sentences:
        if sum(len(s.split()) for s in kept) >= wanted:
            break
        kept.append(sentence)
    return kept


def grown(sentences: list[str], prose: Prose, share: float) -> list[str]:
    """A running report: what is new stands before what was there."""
    words = sum(len(sentence.split()) for sentence in sentences)
    return [*prose.sentences(round(share * words)), *sentences]


def swapped(sentences: list[str], prose: Prose, share: float) -> list[str]:
    """So many of the plain words changed for others."""
    return [" ".join(_swapped(word, prose, share) for word in sentence.split()) for sentence in sentences]


def _swapped(word: str, prose: Prose, share: float) -> str:
    if not (word.isalpha() and word.islower()) or prose.random.random() >= share:
        return word
    return prose.one_of((prose.one_of(NOUNS), prose.verb(), prose.one_of(ADJECTIVES)))


CHOOSING: Mapping[str, Edit] = {
    "light": light,
    "words swapped 5 %": partial(swapped, share=0.05),
    "words swapped 15 %": partial(swapped, share=0.15),
    "ending changed": ending_changed,
    "paragraph added": paragraph_added,
    "cut to 85 %": partial(cut, share=0.85),
    "cut to 50 %": partial(cut, share=0.5),
    "grown by half": partial(grown, share=0.5),
}
STATING: Mapping[str, Edit] = {
    "heavy": heavy,
    "words swapped 2 %": partial(swapped, share=0.02),
    "words swapped 10 %": partial(swapped, share=0.1),
    "words swapped 20 %": partial(swapped, share=0.2),
    "lead changed": intro_changed,
    "order changed": order_changed,
    "cut to 70 %": partial(cut, share=0.7),
    "cut to 35 %": partial(cut, share=0.35),
    "grown to twice": partial(grown, share=1.0),
}


def copy_of(seed: str, edit: Edit) -> tuple[str, str]:
    """A text and an edited copy of it."""
    prose = Prose(random.Random(seed))
    sentences = prose.sentences(prose.random.choice((90, 150, 220, 320, 500)))
    return paragraphs(sentences), paragraphs(edit(sentences, prose))

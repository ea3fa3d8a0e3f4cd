"""The part of a text that tells why it was found."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from .terms import Term, terms

SNIPPET_CHARS = 240
"""Of a snippet, about: three lines of a terminal."""

LEAD_CHARS = 60
"""Of it, at most, before the first word that was found."""


@dataclass(frozen=True, slots=True)
class Marked:
    """A text as it stands in the article, and the places in it, each from its first character to the one after its
    last, at which words were found.
    """

    text: str
    places: Sequence[tuple[int, int]] = ()

    def parts(self) -> Iterator[tuple[str, bool]]:
        """The text in parts, in order, and of each whether it was found."""
        at = 0
        for start, end in self.places:
            if start > at:
                yield self.text[at:start], False
            yield self.text[start:end], True
            at = end
        if at < len(self.text):
            yield self.text[at:], False

    def with_marks(self, before: str, after: str) -> str:
        """The text with something put around each word that was found."""
        return "".join(f"{before}{part}{after}" if is_found else part for part, is_found in self.parts())


def marked(text: str, stems: Collection[str]) -> Marked:
    """The whole text, with the words marked that have these stems."""
    return Marked(text, [(term.start, term.end) for term in terms(text) if term.stem in stems])


def snippet(text: str, stems: Collection[str]) -> Marked:
    """The part of a text in which most of these stems stand, with its words marked; its beginning where none does. Cut
    between words, with an ellipsis on either side that was cut; in one line.
    """
    found = [term for term in terms(text) if term.stem in stems]
    start = _start(text, found)
    end = min(start + SNIPPET_CHARS, len(text))
    if end < len(text):
        end = max(text.rfind(" ", start, end), text.rfind("\n", start, end)) + 1 or end
    part = text[start:end].rstrip()
    lead, tail = "… " * (start > 0), " …" * (start + len(part) < len(text.rstrip()))
    shift = len(lead) - start
    inside = [term for term in found if start <= term.start and term.end <= start + len(part)]
    return Marked(lead + part.replace("\n", " ") + tail, [(term.start + shift, term.end + shift) for term in inside])


def _start(text: str, found: Sequence[Term]) -> int:
    """Where the part begins: some words before the first of those terms that have the most in their neighbourhood."""
    best, most = 0, (0, 0)
    for number, term in enumerate(found):
        near = [other for other in found[number:] if other.end <= term.start - LEAD_CHARS + SNIPPET_CHARS]
        score = len({other.stem for other in near}), len(near)
        if score > most:
            best, most = term.start, score
    start = max(best - LEAD_CHARS, 0)
    if start == 0:
        return 0
    boundaries = (place for gap in " \n" if (place := text.find(gap, start, best)) >= 0)
    return min(boundaries, default=best - 1) + 1

"""How far a second extractor agrees with a body: an alarm for layouts that have changed, not a measure of quality."""

import re
from collections.abc import Sequence

from resiliparse.extract.html2text import extract_plain_text

from pipelines.cleaning.document import FLATTENED, Document

SHINGLE = 4
"""Words that are compared at once: fewer meet by chance, more break at every word that one of the two leaves out."""

MAX_CHARS = 2_000_000
"""Characters of a page that the second extractor is given: no real one has more, and its time grows with them."""

_WORD = re.compile(r"\w+")


def agreement(body: str, documents: Sequence[Document]) -> float | None:
    """Share (0 to 1, three decimals) of the body's word shingles that resiliparse's main content has as well.

    None for a body of less than a shingle, and for pages that are too large or nest too deep: resiliparse's time grows
    with the square of the nesting, to 20 s at 20,000 elements.
    """
    ours = _shingles(body)
    if not ours or any(len(page.markup) > MAX_CHARS or FLATTENED in page.repairs for page in documents):
        return None
    theirs: set[tuple[str, ...]] = set()
    for document in documents:
        theirs |= _shingles(extract_plain_text(document.markup, main_content=True, alt_texts=False, comments=False))
    return round(len(ours & theirs) / len(ours), 3)


def _shingles(text: str) -> set[tuple[str, ...]]:
    words = _WORD.findall(text.lower())
    return set(zip(*(words[i:] for i in range(SHINGLE)), strict=False))

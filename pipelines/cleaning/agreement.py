"""A second extractor, resiliparse: how far it agrees with a body is an alarm for layouts that have changed, no measure
of quality.
"""

from collections.abc import Sequence

from lxml import etree
from lxml.html import HtmlElement
from resiliparse.extract.html2text import extract_plain_text

from pipelines.cleaning.document import FLATTENED, Document
from pipelines.cleaning.text_normalization import squeeze

LEAST = 20
"""Letters from which a line tells one text from another; dates and names are found in any."""

MAX_CHARS = 2_000_000
"""Characters of a page that the second extractor is given for comparison: no real one has more, and its time grows with
them."""


def main_content(markup: str) -> str:
    """What resiliparse takes for the main text of a page."""
    return extract_plain_text(markup, main_content=True, alt_texts=False, comments=False, list_bullets=False)


def markup_of(tree: HtmlElement) -> str:
    """A page as it stands after parsing: without scripts it is a third as long as it came."""
    return etree.tostring(tree, encoding="unicode", method="html")


def agreement(body: str, documents: Sequence[Document]) -> float | None:
    """Share (0 to 1, three decimals) of the body, by letters, in lines that resiliparse takes for main text as well.

    None for a body without a line to compare, and for pages that are too large or nest too deep: resiliparse's time
    grows with the square of the nesting, to 20 s at 20,000 elements.
    """
    ours = [letters for line in body.splitlines() if len(letters := squeeze(line)) >= LEAST]
    if not ours or any(FLATTENED in document.repairs for document in documents):
        return None
    pages = [markup_of(document.tree) for document in documents]
    if any(len(page) > MAX_CHARS for page in pages):
        return None
    theirs = squeeze(" ".join(main_content(page) for page in pages))
    return round(sum(len(line) for line in ours if line in theirs) / sum(map(len, ours)), 3)

"""A second extractor, resiliparse. How far it agrees with a body warns of a changed layout.

It does not measure quality: an extractor that takes related links for text agrees little with the right body.
"""

from collections.abc import Sequence

from lxml import etree
from lxml.html import HtmlElement
from resiliparse.extract.html2text import extract_plain_text

from pipelines.cleaning.document import FLATTENED_REPAIR, Document
from pipelines.cleaning.text_normalization import letters_only

MIN_COMPARED_LINE_LETTERS = 20
"""Letters of a line that is compared. Shorter lines, dates and names among them, occur in any text."""

MAX_COMPARED_MARKUP_CHARS = 2_000_000
"""Characters of markup up to which a page is compared: no real page has more, and resiliparse's time grows with it."""


def main_content(markup: str) -> str:
    """What resiliparse takes for the main text of a page."""
    return extract_plain_text(markup, main_content=True, alt_texts=False, comments=False, list_bullets=False)


def markup_of(tree: HtmlElement) -> str:
    """The markup of a parsed page. Without scripts it is a third as long as the original."""
    return etree.tostring(tree, encoding="unicode", method="html")


def agreement(body: str, documents: Sequence[Document]) -> float | None:
    """Return the share (0 to 1, three decimals) of the body, by letters, in lines that resiliparse finds as well.

    Returns None for a body without a line to compare, and for pages that are too large or nested too deeply:
    resiliparse's time grows with the square of the nesting, to 20 s at 20,000 elements.
    """
    body_lines = [
        letters for line in body.splitlines() if len(letters := letters_only(line)) >= MIN_COMPARED_LINE_LETTERS
    ]
    if not body_lines or any(FLATTENED_REPAIR in document.repairs for document in documents):
        return None
    pages = [markup_of(document.tree) for document in documents]
    if any(len(page) > MAX_COMPARED_MARKUP_CHARS for page in pages):
        return None
    other_text = letters_only(" ".join(main_content(page) for page in pages))
    return round(sum(len(line) for line in body_lines if line in other_text) / sum(map(len, body_lines)), 3)

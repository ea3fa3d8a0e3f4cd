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


def second_text(document: Document) -> str | None:
    """What resiliparse takes for the main text of a page, None if the page is too large or nested too deeply for it.

    Its time grows with the square of the nesting, to 20 s at 20,000 elements.
    """
    if FLATTENED_REPAIR in document.repairs:
        return None
    markup = markup_of(document.tree)
    return main_content(markup) if len(markup) <= MAX_COMPARED_MARKUP_CHARS else None


def agreement(body: str, others: Sequence[str | None]) -> float | None:
    """Return the share (0 to 1, three decimals) of the body, by letters, in lines that resiliparse finds as well.

    `others` are the letters of what it finds on the article's pages. Returns None for a body without a line to compare,
    and if it was not asked about a page.
    """
    body_lines = [
        letters for line in body.splitlines() if len(letters := letters_only(line)) >= MIN_COMPARED_LINE_LETTERS
    ]
    known = [letters for letters in others if letters is not None]
    if not body_lines or len(known) < len(others):
        return None
    other = "".join(known)
    return round(sum(len(line) for line in body_lines if line in other) / sum(map(len, body_lines)), 3)

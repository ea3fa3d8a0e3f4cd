"""Text of strangers, fit to be kept and to be shown: without what steers a terminal or turns a line around."""

import re

NEVER_TEXT = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"  # controls of ASCII and of ISO 6429, ESC and BEL among them
    "\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"  # surrogates, and code points that are no characters
    "\U0001fffe\U0001ffff\U0002fffe\U0002ffff\U0003fffe\U0003ffff\U0010fffe\U0010ffff"
    "\ufff9-\ufffb\U000e0000-\U000e007f"  # annotations, and tags: text that nobody sees
    "\u00ad\u200b\u2060-\u2064\u206a-\u206f\ufeff"  # no width, no meaning in Indonesian or English
    "\u202d\u202e]"  # overrides of direction: they show letters in another order than that in which they stand
)

LINE_ENDS = re.compile("[\x0b\x0c\x1c-\x1f\x85\u2028\u2029]")
"""What `str.splitlines` takes for the end of a line beside the usual: in a text it is white space."""

OPENED_BY = {"\u202c": "\u202a\u202b", "\u2069": "\u2066\u2067\u2068"}
DIRECTIONS = re.compile("[\u202a-\u202c\u2066-\u2069]")
"""Embeddings and isolates with their ends (Unicode Standard Annex 9): of use around a quotation in Arabic, where each
ends in its line."""

NOT_SHOWN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
)


def fit_to_keep(text: str) -> str:
    """The text without control characters, surrogates, code points that are no characters, and invisible ones; with
    embeddings and isolates only in lines in which each one is closed. Line feeds and tabs stay.
    """
    if text.replace("\n", " ").isprintable():
        return text
    text = NEVER_TEXT.sub("", LINE_ENDS.sub(" ", text))
    if not DIRECTIONS.search(text):
        return text
    return "\n".join(line if _is_balanced(line) else DIRECTIONS.sub("", line) for line in text.split("\n"))


def fit_to_show(text: str) -> str:
    """The text with everything that a terminal may obey, or that nobody would see, as an escape: ESC as `\x1b`. Line
    feeds and tabs stay.
    """
    return NOT_SHOWN.sub(lambda found: ascii(found[0])[1:-1], text)


def _is_balanced(line: str) -> bool:
    opened: list[str] = []
    for mark in DIRECTIONS.findall(line):
        if mark not in OPENED_BY:
            opened.append(mark)
        elif not opened or opened.pop() not in OPENED_BY[mark]:
            return False
    return not opened

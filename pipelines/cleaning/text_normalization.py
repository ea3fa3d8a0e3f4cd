"""Two normal forms of a text: the one that readers are given, and the one by which texts are compared."""

import re

_NOT_ALNUM = re.compile(r"[\W_]+")
_ASCII_NOT_ALNUM = {code: None for code in range(128) if not chr(code).isalnum()}
_MARKS = "“”‘’–—…•·\xa0\u200b"
"""What most texts have beyond ASCII; without it they are ASCII, and str.translate takes a third of the regular
expression's time."""

_ENTITY = re.compile(
    r"&amp;(?=(?:#\d{2,5}|#x[0-9a-f]{2,4}|[a-z]{2,8});)|&(nbsp|amp|quot|ldquo|rdquo|lsquo|rsquo|"
    r"ndash|mdash|hellip|apos);?",
    re.IGNORECASE,
)
_ENTITIES = {
    "nbsp": " ", "amp": "&", "quot": '"', "ldquo": "“", "rdquo": "”", "lsquo": "‘", "rsquo": "’", "ndash": "–",
    "mdash": "—", "hellip": "…", "apos": "'",
}  # fmt: skip
_INVISIBLE = re.compile("[\u200b-\u200d\u2060\ufeff\u00ad]")


def squeeze(text: str) -> str:
    """Letters and digits of a text in lower case, nothing between them."""
    lower = text.lower()
    if not lower.isascii():
        for mark in _MARKS:
            lower = lower.replace(mark, "")
    return lower.translate(_ASCII_NOT_ALNUM) if lower.isascii() else _NOT_ALNUM.sub("", lower)


def plain(text: str) -> str:
    """A line with single spaces, without invisible characters, and with entities that were escaped twice."""
    text = _INVISIBLE.sub("", text)
    if "&" in text:
        text = _ENTITY.sub(lambda hit: _ENTITIES[hit[1].lower()] if hit[1] else "&", text)
        text = _ENTITY.sub(lambda hit: _ENTITIES[hit[1].lower()] if hit[1] else "&", text)
    return " ".join(text.split())

"""Two normal forms of a text: the one for readers, and the one for comparing texts."""

import re

_NOT_ALNUM = re.compile(r"[\W_]+")
_ASCII_NOT_ALNUM = {code: None for code in range(128) if not chr(code).isalnum()}
_MARKS = "“”‘’–—…•·\xa0\u200b"
"""The only characters beyond ASCII in most texts. Without them `str.translate` can be used, which takes a third of the
regular expression's time."""

_UNSPACED = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+")

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


def letters_only(text: str) -> str:
    """Return the letters and digits of a text in lower case, with nothing between them."""
    lower = text.lower()
    if not lower.isascii():
        for mark in _MARKS:
            lower = lower.replace(mark, "")
    return lower.translate(_ASCII_NOT_ALNUM) if lower.isascii() else _NOT_ALNUM.sub("", lower)


def count_words(text: str) -> int:
    """Return the number of words of a text. Two letters are one in Chinese, Japanese and Thai, which have no spaces."""
    runs = [] if text.isascii() else _UNSPACED.findall(text)
    spaced = _UNSPACED.sub(" ", text) if runs else text
    return len(spaced.split()) + sum(map(len, runs)) // 2


def collapse_whitespace(text: str) -> str:
    """Return a line with single spaces, without invisible characters, and with doubly escaped entities resolved."""
    text = _INVISIBLE.sub("", text)
    if "&" in text:
        text = _ENTITY.sub(lambda hit: _ENTITIES[hit[1].lower()] if hit[1] else "&", text)
        text = _ENTITY.sub(lambda hit: _ENTITIES[hit[1].lower()] if hit[1] else "&", text)
    return " ".join(text.split())

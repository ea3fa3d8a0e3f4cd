"""Text of strangers: what is kept of it, and how it is shown."""

import pytest

from pipelines.printable import fit_to_keep, fit_to_show

TAKEN_OUT = {
    "ESC": "\x1b",
    "BEL": "\x07",
    "NUL": "\x00",
    "backspace": "\x08",
    "DEL": "\x7f",
    "CSI in one character": "\x9b",
    "lone surrogate": "\ud83d",
    "noncharacter": "\ufffe",
    "noncharacter of the last plane": "\U0010ffff",
    "right-to-left override": "\u202e",
    "left-to-right override": "\u202d",
    "tag": "\U000e0041",
    "zero-width space": "\u200b",
    "byte order mark": "\ufeff",
    "soft hyphen": "\u00ad",
    "embedding that never ends": "\u202b",
    "end of an embedding that never began": "\u202c",
    "isolate that never ends": "\u2067",
    "end of an isolate that never began": "\u2069",
}


@pytest.mark.parametrize("name", TAKEN_OUT)
def test_what_no_text_needs_is_taken_out(name: str) -> None:
    assert fit_to_keep(f"Judul{TAKEN_OUT[name]} berita") == "Judul berita"


SEEN = {
    "lines and columns": "baris satu\nbaris dua\tkolom",
    "punctuation": "Harga naik “tajam” – kata René…",
    "quotations in Arabic": "kata \u2067عربي\u2069 dan \u202bعربي\u202c",
    "an emoji of two": "👨\u200d👩",
    "a joiner of Persian": "مي\u200cخواهم",
    "what could not be decoded": "\ufffd",
}


@pytest.mark.parametrize("text", SEEN.values(), ids=SEEN)
def test_what_readers_see_stays(text: str) -> None:
    assert fit_to_keep(text) == text


def test_an_isolate_has_to_end_in_its_line() -> None:
    assert fit_to_keep("satu \u2067dua\ntiga\u2069 empat") == "satu dua\ntiga empat"
    assert fit_to_keep("satu \u2067dua\u202c tiga") == "satu dua tiga"


@pytest.mark.parametrize("end", ["\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"])
def test_odd_ends_of_lines_are_white_space(end: str) -> None:
    assert fit_to_keep(f"satu{end}dua") == "satu dua"


def test_a_text_is_shown_with_escapes_for_what_a_terminal_would_obey() -> None:
    shown = fit_to_show("\x1b]0;judul\x07 \x9b2J \u202emerah\r\ud800 é 記\n")
    assert shown == r"\x1b]0;judul\x07 \x9b2J \u202emerah\r\ud800 é 記" + "\n"

"""What `kliping` prints of texts that strangers wrote."""

import polars as pl
import pytest

from local.terminal import error, show_frame


def test_a_table_of_texts_does_not_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    show_frame(pl.DataFrame({"headline": ["Harga \x1b]0;jahat\x07 naik \x9b2J", "turun \u202enaik\rtetap"]}))
    shown = capsys.readouterr().out
    assert not {"\x1b", "\x07", "\x9b", "\u202e", "\r"} & set(shown)
    assert r"Harga \x1b]0;jahat\x07 naik \x9b2J" in shown


def test_an_error_does_not_either(capsys: pytest.CaptureFixture[str]) -> None:
    error("situs menjawab \x1b[2J")
    assert capsys.readouterr().err == "Kliping: situs menjawab \\x1b[2J\n"

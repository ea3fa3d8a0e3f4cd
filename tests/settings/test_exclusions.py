"""Addresses that the operator has excluded: how the list is written, and what an entry covers."""

import json
from pathlib import Path

import pytest

from settings.crawl import Crawl, crawl
from settings.storage import SettingsError

FILE = """\
[[exclude]]
address = "kabar.example"
on = 2026-11-20
reason = "diminta pemiliknya, surat 2026-11-19"

[[exclude]]
address = "https://warta.example/*/galeri/"
on = 2026-11-22
reason = "diminta lewat telepon"
"""


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KLIPING_EXCLUSIONS", raising=False)
    crawl.cache_clear()


def covers(address: str, url: str) -> bool:
    stated = json.dumps([{"address": address, "on": "2026-11-20", "reason": "diminta"}])
    return Crawl(exclusions=stated).exclusion(url) is not None


def test_the_list_is_a_toml_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "daftar.toml").write_text(FILE)
    monkeypatch.setenv("KLIPING_EXCLUSIONS", str(tmp_path / "daftar.toml"))
    found = crawl().exclusion("https://www.kabar.example/berita/1")
    assert str(found) == "kabar.example is excluded since 2026-11-20 (diminta pemiliknya, surat 2026-11-19)"
    assert crawl().exclusion("https://warta.example/a/galeri/1")
    assert crawl().exclusion("https://warta.example/a/berita/1") is None


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("kabar.example", "https://kabar.example/"),
        ("kabar.example", "http://kabar.example"),
        ("kabar.example", "https://tekno.kabar.example:8443/x"),
        ("KABAR.example", "https://WWW.Kabar.Example./x"),
        ("www.kabar.example", "https://m.kabar.example/x"),
        ("https://kabar.example/", "http://kabar.example/x"),
        ("*.example", "https://kabar.example/x"),
        ("https://kabar.example/read/1", "https://kabar.example/read/1"),
        ("https://kabar.example/read/1", "http://m.kabar.example/read/1/judul?utm_source=x"),
        ("https://kabar.example/read/1", "https://kabar.example/read/1?page=2"),
        ("https://kabar.example/read/1", "https://kabar.example//read/%31/a"),
        ("https://kabar.example/?p=7", "https://kabar.example/?p=7&x=1"),
        ("kabar.example/read/", "https://kabar.example/read/1"),
        ("kabar.example/*/galeri/", "https://kabar.example/a/b/galeri/1"),
        ("kabar.example/*.pdf", "https://kabar.example/a/b.pdf"),
    ],
)
def test_an_entry_covers_itself_in_all_forms_and_what_lies_below(address: str, url: str) -> None:
    assert covers(address, url)


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("kabar.example", "https://bukankabar.example/x"),
        ("kabar.example", "https://kabar.example.org/x"),
        ("kabar.example", "https://lain.example/kabar.example"),
        ("https://kabar.example/read/1", "https://kabar.example/read/12"),
        ("https://kabar.example/read/1", "https://tekno.kabar.example/read/1"),
        ("https://kabar.example/?p=7", "https://kabar.example/?p=77"),
        ("kabar.example:8080", "https://kabar.example/x"),
        ("kabar.example/read/", "https://kabar.example/"),
        ("kabar.example", "http://[::1"),
        ("kabar.example", "mailto:redaksi@kabar.example"),
    ],
)
def test_an_entry_covers_nothing_else(address: str, url: str) -> None:
    assert not covers(address, url)


@pytest.mark.parametrize(
    ("stated", "words"),
    [
        ("daftar.toml", "neither a JSON array nor the absolute path"),
        ("/tidak/ada.toml", "the file could not be read"),
        ("[{", "not valid JSON"),
        ('[{"address": "kabar.example", "on": "2026-11-20"}]', "reason"),
        ('[{"address": "https:///x", "on": "2026-11-20", "reason": "diminta"}]', "neither a host nor a URL"),
        ('[{"address": "kabar.example", "on": "kemarin", "reason": "diminta"}]', "on"),
    ],
)
def test_a_wrong_list_is_named(monkeypatch: pytest.MonkeyPatch, stated: str, words: str) -> None:
    monkeypatch.setenv("KLIPING_EXCLUSIONS", stated)
    with pytest.raises(SettingsError, match=rf"^wrong settings: KLIPING_EXCLUSIONS: .*{words}"):
        crawl()


def test_a_file_with_something_else_in_it_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "daftar.toml").write_text('[[exclusions]]\naddress = "kabar.example"\n')
    monkeypatch.setenv("KLIPING_EXCLUSIONS", str(tmp_path / "daftar.toml"))
    with pytest.raises(SettingsError, match=r"the file holds 'exclusions', and only \[\[exclude\]\] is known"):
        crawl()

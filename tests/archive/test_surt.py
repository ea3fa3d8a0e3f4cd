"""The keys of CDX indexes, as the Wayback Machine and pywb make them of the URLs they are asked for."""

import pytest

from pipelines.archive.surt import surt

SESSION = "9682993c8daa2c5497996114facdc805"


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("http://archive.org/goo/?a=2&b&a=1", "org,archive)/goo?a=1&a=2&b"),
        ("http://www.kabarteknik.example/", "example,kabarteknik)/"),
        ("https://www2.Kabar-Teknik.co.id", "id,co,kabar-teknik)/"),
        ("https://www.com/", "com)/"),
        ("http://tekno.kabar.example:80/a", "example,kabar,tekno)/a"),
        ("https://tekno.kabar.example:443/a", "example,kabar,tekno)/a"),
        ("http://kabar.example:8080/a", "example,kabar:8080)/a"),
        ("http://nama:sandi@kabar.example/a", "example,kabar)/a"),
        ("http://127.0.0.1:8730/a", "1,0,0,127:8730)/a"),
        ("http://3279880203/blah", "11,0,127,195)/blah"),
        ("http://[::1]/a", "::1)/a"),
        ("http://kabar.example./a", "example,kabar)/a"),
        ("http://b\u00fccher.example/", "example,xn--bcher-kva)/"),
    ],
)
def test_a_host_is_turned_round_without_what_does_not_tell_hosts_apart(url: str, key: str) -> None:
    assert surt(url) == key


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("http://kabar.example/Berita/Satu/", "example,kabar)/berita/satu"),
        ("http://kabar.example//berita///satu", "example,kabar)/berita/satu"),
        ("http://kabar.example/a/./b/../c", "example,kabar)/a/c"),
        ("http://kabar.example/a#bagian", "example,kabar)/a"),
        ("http://kabar.example/a b", "example,kabar)/a%20b"),
        ("http://kabar.example/%2541%42", "example,kabar)/ab"),
        ("http://kabar.example/%25", "example,kabar)/%25"),
        ("http://kabar.example/gaya-h\u00e9", "example,kabar)/gaya-h%c3%a9"),
        ("http://kabar.example/gaya-h%C3%A9", "example,kabar)/gaya-h%c3%a9"),
        ("http://kabar.example/(S(4hqa0555fwsecu455xqckv45))/mileg.aspx", "example,kabar)/mileg.aspx"),
        ("http://kabar.example/(4hqa0555fwsecu455xqckv45)/mileg.aspx", "example,kabar)/mileg.aspx"),
    ],
)
def test_all_spellings_of_a_path_are_one(url: str, key: str) -> None:
    assert surt(url) == key


@pytest.mark.parametrize(
    ("query", "key"),
    [
        ("", ""),
        ("b=2&a=1&b=1", "?a=1&b=1&b=2"),
        ("aa=0&a=1&a=&a", "?a&a=&a=1&aa=0"),
        ("Halaman=2", "?halaman=2"),
        ("tujuan=http://lain.example/x", "?tujuan=http://lain.example/x"),
        (f"PHPSESSID={SESSION}&x=y", "?x=y"),
        (f"jsessionid={SESSION}", ""),
        (f"sid={SESSION}", ""),
        ("ASPSESSIONIDAQBSDSRT=EOHBLBDDPFCLHKPGGKLILNAM&x=y", "?x=y"),
        ("CFID=1169580&CFTOKEN=48630702&x=y", "?x=y"),
    ],
)
def test_a_query_is_sorted_and_has_no_session_in_it(query: str, key: str) -> None:
    assert surt(f"http://kabar.example/a?{query}") == f"example,kabar)/a{key}"

"""What a word is found by, what a query asks for, and the part of a text that is shown."""

import pytest

from reader.kliping_reader.fulltext.published import SearchError
from reader.kliping_reader.fulltext.query import MAX_QUERY_CHARS, read_query
from reader.kliping_reader.fulltext.snippet import LEAD_CHARS, SNIPPET_CHARS, marked, snippet
from reader.kliping_reader.fulltext.terms import MAX_WORD_CHARS, stems, terms


@pytest.mark.parametrize(
    "forms",
    [
        "baterai baterainya Baterai BATERAINYA",
        "luncur meluncur diluncurkan peluncuran meluncurkan",
        "aman keamanan pengamanan mengamankan amankan",
        "café cafe CAFÉ",
        "Jokowi jokowi",
    ],
)
def test_forms_of_a_word_are_one_term(forms: str) -> None:
    assert len(set(stems(forms).split())) == 1


@pytest.mark.parametrize("words", ["data batas", "gim gaun", "5G 4G", "iPhone15 iPhone16"])
def test_other_words_are_other_terms(words: str) -> None:
    assert len(set(stems(words).split())) == 2


def test_words_that_stand_in_every_text_and_endless_ones_are_no_terms() -> None:
    assert stems(f"yang di dan DARI untuk the {'x' * (MAX_WORD_CHARS + 1)} ponsel") == "ponsel"


def test_a_term_knows_where_its_word_stands() -> None:
    text = "Baterai-baterai itu, e-mail."
    assert [(text[term.start : term.end], term.stem) for term in terms(text)] == [
        ("Baterai", stems("baterai")),
        ("baterai", stems("baterai")),
        ("e", "e"),
        ("mail", "mail"),
    ]


@pytest.mark.parametrize(
    ("query", "groups", "excluded"),
    [
        ("ponsel tanam", [[["ponsel"]], [["tanam"]]], []),
        ('"kecerdasan buatan" aman', [[["cerdas", "buat"]], [["aman"]]], []),
        ("ponsel -mobil", [[["ponsel"]]], [["mobil"]]),
        ('5G OR "jaringan 6G" sinyal', [[["5g"], ["jaring", "6g"]], [["sinyal"]]], []),
        ("anak-anak", [[["anak"]]], []),
        ("kompas.com", [[["kompas", "com"]]], []),
        ("harga yang murah", [[["harga"]], [["murah"]]], []),
    ],
)
def test_a_query_is_read(query: str, groups: list[object], excluded: list[object]) -> None:
    asked = read_query(query)
    assert [[list(words) for words in group] for group in asked.groups] == groups
    assert list(asked.excluded) == excluded


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("", "no word in the query"),
        (" ?! ", "no word in the query"),
        ('baterai "tanam', "a quotation mark is not closed in 'baterai \"tanam'"),
        ("yang dan", "'yang dan' has only words that stand in every text"),
        ("-mobil", "cannot only exclude"),
        ("OR mobil", "OR stands between two words"),
        ("mobil OR", "OR stands between two words"),
        ("mobil OR OR motor", "OR stands between two words"),
        ("mobil OR -motor", "what stands after OR cannot be excluded"),
        ("a" * (MAX_QUERY_CHARS + 1), "at most 1,000 characters"),
    ],
)
def test_a_query_that_asks_for_nothing_says_why(query: str, why: str) -> None:
    with pytest.raises(SearchError, match=why):
        read_query(query)


LONG = (
    " ".join(f"pembuka{n}" for n in range(100))
    + ". Baterainya tahan\ndua hari, kata pembuat baterai itu. "
    + "penutup " * 99
)


def test_a_snippet_is_where_the_words_are_and_marks_them_as_they_stand_there() -> None:
    found = snippet(LONG, set(stems("baterai tahan").split()))
    assert found.text.startswith("… pembuka")
    assert found.text.endswith("penutup …")
    assert "[Baterainya] [tahan] dua hari, kata pembuat [baterai] itu." in found.with_marks("[", "]")
    assert len(found.text) <= SNIPPET_CHARS + 4
    assert found.text.index("Baterainya") <= LEAD_CHARS + 2


def test_a_snippet_is_of_the_place_that_has_the_most_of_the_words() -> None:
    text = "Baterai. " + "isi " * 200 + "tahan baterai. " + "isi " * 200
    assert "[tahan] [baterai]." in snippet(text, set(stems("baterai tahan").split())).with_marks("[", "]")


def test_a_short_text_is_shown_whole_and_one_without_the_words_by_its_beginning() -> None:
    assert snippet("Ponsel baru.", {"ponsel"}).with_marks("[", "]") == "[Ponsel] baru."
    assert snippet("Ponsel baru.", {"mobil"}).text == "Ponsel baru."
    assert snippet(LONG, {"mobil"}).text.startswith("pembuka0 pembuka1")
    assert snippet("", {"mobil"}).text == ""


@pytest.mark.parametrize(
    "text", ["x" * 1000, "x" * 1000 + " ponsel " + "y" * 1000, "\n".join("ab ponsel" * 9 for _ in range(99))]
)
def test_a_text_without_spaces_is_cut_as_well(text: str) -> None:
    found = snippet(text, {"ponsel"})
    assert 0 < len(found.text) <= SNIPPET_CHARS + 4
    assert {found.text[start:end] for start, end in found.places} <= {"ponsel"}


def test_a_headline_is_marked_whole() -> None:
    assert marked("Peluncuran ponsel", {"luncur"}).with_marks("<", ">") == "<Peluncuran> ponsel"

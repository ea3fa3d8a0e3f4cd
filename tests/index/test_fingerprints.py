"""Which URLs are one article, and which texts are one text or nearly so. All texts are invented."""

from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import pytest

from pipelines.index.comparison import Kind, Likeness, Wording, likeness, template_of
from pipelines.index.fingerprints import MIN_WORDS, article_id, lookup_keys, text_sha256, wording
from tests.index.notices import quake

TEXTS = {path.stem: path.read_text() for path in (Path(__file__).parent / "texts").glob("*.txt")}
ORIGINAL = TEXTS["event-desk-one"]
DIFFERENT_ARTICLES = ("event-desk-one", "event-desk-two", "phone-launch", "phone-launch-sibling")


def read(body: str) -> Wording:
    packed = wording(body)
    assert packed is not None
    return Wording.read(packed)


def likeness_of(one: str, other: str, *siblings: str) -> Likeness | None:
    """How one body repeats another, where an archive has siblings of them."""
    return likeness(read(one), read(other), template_of([read(body) for body in (other, *siblings)]))


def test_an_article_id_is_the_first_half_of_the_urls_sha256() -> None:
    assert article_id("https://contoh.example/") == "69c20f334c6278859b56132548e1e787"


@pytest.mark.parametrize(
    "cosmetic",
    [
        lambda text: text.upper(),
        lambda text: text.replace("\n", " \n\n "),
        lambda text: text.replace('"', "”").replace(",", " ,"),
        lambda text: text.replace("1,2", "\N{FULLWIDTH DIGIT ONE},\N{FULLWIDTH DIGIT TWO}"),
        lambda text: text.replace(" ", "\N{NO-BREAK SPACE}"),
    ],
    ids=["case", "paragraphs", "punctuation", "full-width digits", "spaces"],
)
def test_a_text_that_was_only_set_anew_is_the_same_text(cosmetic: Callable[[str], str]) -> None:
    assert cosmetic(ORIGINAL) != ORIGINAL
    assert text_sha256(cosmetic(ORIGINAL)) == text_sha256(ORIGINAL)


def test_one_changed_digit_makes_another_text() -> None:
    assert text_sha256(ORIGINAL.replace("1,2 juta", "1,3 juta")) != text_sha256(ORIGINAL)


@pytest.mark.parametrize(
    "edit",
    [
        lambda text: text.replace("JAKARTA, SiarTekno", "Kilas Digital, JAKARTA"),
        lambda text: text.replace("Perusahaan itu diberi waktu tiga hari untuk menyerahkan laporan lengkap.", ""),
        lambda text: text.replace("ujar Ratna", "kata Ratna").replace("lalu", "kemarin").replace("segera", "langsung"),
        lambda text: text + "\nSimak berita teknologi lain hanya di laman kami setiap hari.",
        lambda _: TEXTS["event-near-copy"],
    ],
    ids=["dateline", "sentence dropped", "words changed", "line added", "all of it"],
)
def test_a_lightly_edited_copy_is_the_same_text(edit: Callable[[str], str]) -> None:
    assert edit(ORIGINAL) != ORIGINAL
    for one, other in ((ORIGINAL, edit(ORIGINAL)), (edit(ORIGINAL), ORIGINAL)):
        like = likeness_of(one, other)
        assert like is not None
        assert like.kind is Kind.NEAR
        assert like.containment > 0.9
    assert len(set(lookup_keys(wording(ORIGINAL) or b"")) & set(lookup_keys(wording(edit(ORIGINAL)) or b""))) > 9


def test_a_copy_to_which_a_desk_adds_a_third_of_its_own_is_the_same_text_and_adds_something() -> None:
    longer = ORIGINAL + " " + " ".join(TEXTS["phone-launch"].split()[:110])
    like, turned = likeness_of(longer, ORIGINAL), likeness_of(ORIGINAL, longer)
    assert like is not None
    assert turned is not None
    assert (like.kind, like.adds, turned.kind, turned.adds) == (Kind.NEAR, True, Kind.NEAR, False)


def test_a_short_version_is_contained_in_the_long_one_whichever_is_asked_about() -> None:
    short = ORIGINAL[: len(ORIGINAL) // 3]
    like, turned = likeness_of(short, ORIGINAL), likeness_of(ORIGINAL, short)
    assert like is not None
    assert turned is not None
    assert (like.kind, like.adds, turned.kind, turned.adds) == (Kind.CONTAINS, False, Kind.CONTAINS, True)
    assert like.containment == turned.containment > 0.95
    assert like.similarity == turned.similarity < 0.5


@pytest.mark.parametrize(("a", "b"), list(combinations(DIFFERENT_ARTICLES, 2)))
def test_articles_that_share_an_event_quotes_or_phrases_are_not_alike(a: str, b: str) -> None:
    assert likeness_of(TEXTS[a], TEXTS[b]) is None


@pytest.mark.parametrize("others", [0, 1, 5])
def test_two_notices_of_a_template_are_two_texts_before_the_template_is_known_and_after(others: int) -> None:
    like = likeness_of(quake(0), quake(1), *(quake(number) for number in range(2, 2 + others)))
    assert like is not None
    assert like.kind is Kind.SIMILAR


def test_the_same_text_with_another_number_is_another_text() -> None:
    changed = ORIGINAL.replace("1,2 juta", "1,3 juta")
    assert changed != ORIGINAL
    like = likeness_of(changed, ORIGINAL)
    assert like is not None
    assert like.kind is Kind.SIMILAR
    assert like.containment > 0.9


def test_what_many_texts_of_a_site_end_with_does_not_make_them_copies() -> None:
    ending = " ".join(TEXTS["event-desk-two"].split()[:90])
    news = [f"{TEXTS[name][:330]}\n{ending}" for name in ("event-desk-one", "phone-launch")]
    siblings = [f"{quake(number)[:200]}\n{ending}" for number in (1, 2)]
    like = likeness_of(news[0], news[1], *siblings)
    assert like is not None
    assert (like.kind, like.containment < 0.1) == (Kind.SIMILAR, True)


def test_a_text_that_is_its_template_s_but_for_a_few_words_has_nothing_to_be_known_by() -> None:
    bare = quake(1).partition("\n\n")[2]
    like = likeness_of(
        f"Di Oluwa terjadi gempa lagi. {bare}", f"Di Oluwa terjadi gempa lagi. {bare}!", quake(2), quake(3)
    )
    assert like is not None
    assert like.kind is Kind.SIMILAR


def test_a_short_text_has_no_wording() -> None:
    words = ORIGINAL.split()
    assert wording(" ".join(words[: MIN_WORDS - 8])) is None
    assert wording(" ".join(words[:60])) is not None


def test_wordings_are_the_same_in_every_process_and_version() -> None:
    """They are kept: where they come out otherwise, SCHEME must change, or indexes in use find nothing any more."""
    kept = wording(ORIGINAL)
    assert kept is not None
    assert kept[:8].hex() == "1217aa64b449ae10"
    assert lookup_keys(kept)[0] == -9217152765271233765

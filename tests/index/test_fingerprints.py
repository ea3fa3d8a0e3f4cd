"""Which URLs are one article, and which texts are one text or nearly so. All texts are invented."""

from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import pytest

from pipelines.index.fingerprints import (
    MIN_SIMILARITY,
    MIN_WORDS,
    article_id,
    bands,
    signature,
    similarity,
    text_sha256,
)

TEXTS = {path.stem: path.read_text() for path in (Path(__file__).parent / "texts").glob("*.txt")}
ORIGINAL = TEXTS["event-desk-one"]
DIFFERENT_ARTICLES = ("event-desk-one", "event-desk-two", "phone-launch", "phone-launch-sibling")


def likeness(a: str, b: str) -> float:
    one, other = signature(a), signature(b)
    assert one is not None
    assert other is not None
    return similarity(one, other)


def share_a_band(a: str, b: str) -> bool:
    return bool(set(bands(signature(a) or b"")) & set(bands(signature(b) or b"")))


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
def test_a_lightly_edited_copy_is_found(edit: Callable[[str], str]) -> None:
    assert edit(ORIGINAL) != ORIGINAL
    assert likeness(ORIGINAL, edit(ORIGINAL)) >= MIN_SIMILARITY
    assert share_a_band(ORIGINAL, edit(ORIGINAL))


@pytest.mark.parametrize(("a", "b"), list(combinations(DIFFERENT_ARTICLES, 2)))
def test_articles_that_share_an_event_quotes_or_phrases_are_not_copies(a: str, b: str) -> None:
    assert likeness(TEXTS[a], TEXTS[b]) < MIN_SIMILARITY / 2


def test_a_short_text_has_no_signature() -> None:
    words = ORIGINAL.split()
    assert signature(" ".join(words[: MIN_WORDS - 8])) is None
    assert signature(" ".join(words[:60])) is not None


def test_signatures_are_the_same_in_every_process_and_version() -> None:
    """They are kept: where they come out otherwise, SCHEME must change, or indexes in use find nothing any more."""
    kept = signature(ORIGINAL)
    assert kept is not None
    assert len(kept) == 512
    assert kept[:8].hex() == "5f0850235d9ef137"
    assert bands(kept)[0] == -7397428616081479519

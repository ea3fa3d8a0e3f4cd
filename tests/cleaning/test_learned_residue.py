"""Which of the lines that repeat over a site's articles are learned as its boilerplate, and which are text."""

import random
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pipelines.article import Article
from pipelines.cleaning.cleaner import clean
from pipelines.cleaning.learned_residue import LearnedLine, Position, Text, combined, learn, learned_in, positions
from pipelines.cleaning.site_rules import SiteRules
from pipelines.cleaning.text_normalization import letters_only

OCTOBER = datetime(2026, 10, 1, 2, tzinfo=UTC)
NEWSLETTER = "Dapatkan rangkuman gawai pilihan redaksi di kotak surat Anda setiap pagi"
INVITATION = "Mari bercakap tentang gawai bersama pembaca lain di grup Kabar Teknik"
OPENING = "Artikel ini disusun oleh meja gawai Kabar Teknik dari berbagai sumber"
MARKER = "Gulir ke bawah untuk melanjutkan membaca kabar gawai dari kami"

STEMS = (
    "lay",
    "sens",
    "bat",
    "kam",
    "pab",
    "har",
    "jar",
    "sat",
    "rob",
    "mus",
    "lap",
    "pon",
    "kab",
    "mem",
    "ran",
    "suar",
)
WORDS = [stem + end for stem in STEMS for end in ("aran", "ening", "ikul", "oyang", "utama", "elis", "andar")]

Edit = Callable[[int, list[str]], list[str]]


def plain(number: int, lines: list[str]) -> list[str]:  # noqa: ARG001 - the form of an edit
    return lines


def articles(count: int = 200, edit: Edit = plain, *, headline: Callable[[int], str] | None = None) -> list[Text]:
    """Invented articles, four a day, each of six to twelve paragraphs of its own; `edit` puts in what repeats."""
    chance = random.Random(20_261_124)

    def sentence() -> str:
        return " ".join(chance.choices(WORDS, k=chance.randint(12, 30))).capitalize() + "."

    made = []
    for number in range(count):
        lines = [sentence() for _ in range(chance.randint(6, 12))]
        title = " ".join(chance.sample(WORDS, 5)).title()
        made.append(
            Text(
                article_id=f"{number:032x}",
                headline=headline(number) if headline else title,
                lines=tuple(edit(number, lines)),
                published_at=OCTOBER + timedelta(hours=6 * number),
            )
        )
    return made


def every(step: int, edit: Callable[[list[str]], list[str]], *, first: int = 0) -> Edit:
    """Edits each `step`-th article."""
    return lambda number, lines: edit(lines) if number % step == first else lines


def inside(line: str) -> Callable[[list[str]], list[str]]:
    return lambda lines: [*lines[:3], line, *lines[3:]]


def lines_of(learned: Iterable[LearnedLine]) -> dict[str, Position]:
    return {line.line: line.place for line in learned}


class TestResidueIsLearned:
    def test_a_line_that_closes_one_text_in_fifty(self) -> None:
        texts = articles(edit=every(50, lambda lines: [*lines, NEWSLETTER]))
        assert lines_of(learn("2026-Q4", texts)) == {NEWSLETTER: Position.CLOSING}

    def test_a_line_that_opens_texts(self) -> None:
        texts = articles(edit=every(20, lambda lines: [OPENING, *lines]))
        assert lines_of(learn("2026-Q4", texts)) == {OPENING: Position.OPENING}

    def test_a_line_inside_one_text_in_ten(self) -> None:
        texts = articles(edit=every(10, inside(MARKER)))
        assert lines_of(learn("2026-Q4", texts)) == {MARKER: Position.ANYWHERE}

    def test_a_whole_block_at_the_end(self) -> None:
        texts = articles(edit=every(9, lambda lines: [*lines, NEWSLETTER, INVITATION]))
        assert lines_of(learn("2026-Q4", texts)) == {NEWSLETTER: Position.CLOSING, INVITATION: Position.CLOSING}

    def test_spellings_of_one_line_are_one_line_as_most_articles_have_it(self) -> None:
        def close(number: int, lines: list[str]) -> list[str]:
            return [*lines, NEWSLETTER.upper() + "!" if number % 3 == 0 else NEWSLETTER]

        [line] = learn("2026-Q4", articles(edit=close))
        assert (line.line, line.share) == (NEWSLETTER, 1.0)

    def test_a_short_line_that_closes_every_fourth_text(self) -> None:
        texts = articles(edit=every(4, lambda lines: [*lines, "Tim Kabar Teknik"]))
        assert lines_of(learn("2026-Q4", texts)) == {"Tim Kabar Teknik": Position.CLOSING}

    def test_the_evidence_says_how_often_when_and_where(self) -> None:
        texts = articles(edit=every(50, lambda lines: [*lines, NEWSLETTER]))
        assert learn("2026-Q4", texts) == [
            LearnedLine(
                line=NEWSLETTER,
                place=Position.CLOSING,
                articles=4,
                share=0.02,
                days=4,
                window="2026-Q4",
                first_seen=OCTOBER,
                last_seen=OCTOBER + timedelta(hours=6 * 150),
                examples=tuple(f"{number:032x}" for number in (0, 50, 100, 150)),
            )
        ]

    def test_the_same_articles_in_any_order_teach_the_same(self) -> None:
        texts = articles(edit=every(7, lambda lines: [*lines, NEWSLETTER, INVITATION]))
        shuffled = random.Random(1).sample(texts, len(texts))
        assert learn("2026-Q4", shuffled) == learn("2026-Q4", texts)


class TestTextIsNot:
    @pytest.mark.parametrize("line", ["Spesifikasi", "Harga", "Kesimpulan", "Kelebihan dan Kekurangan", "RAM 8 GB"])
    def test_a_sub_heading_or_list_item_however_frequent(self, line: str) -> None:
        texts = articles(edit=every(2, inside(line)))
        assert learn("2026-Q4", texts) == []

    def test_a_list_item_that_now_and_then_comes_last(self) -> None:
        def spec(number: int, lines: list[str]) -> list[str]:
            return [*lines, "Wi-Fi 6", "NFC"] if number % 8 == 0 else [*lines[:2], "NFC", *lines[2:]]

        assert learn("2026-Q4", articles(edit=spec)) == []

    def test_the_background_of_a_running_story(self) -> None:
        background = "Sebelumnya, satelit itu gagal mencapai orbit karena katup bahan bakarnya membeku di landasan."

        def title(number: int) -> str:
            return f"Satelit Nusa {WORDS[number % 40]}" if number % 20 == 0 else " ".join(WORDS[number % 90 :][:4])

        texts = articles(edit=every(20, lambda lines: [*lines, background]), headline=title)
        assert learn("2026-Q4", texts) == []

    def test_the_instructions_of_a_daily_series(self) -> None:
        step = "Masukkan dua belas huruf itu ke kotak yang tersedia, lalu tekan tombol tukar"

        def title(number: int) -> str:
            return f"Kode Hadiah Gim Kapal {number}" if number % 4 == 0 else " ".join(WORDS[number % 90 :][:4])

        texts = articles(edit=every(4, inside(step)), headline=title)
        assert learn("2026-Q4", texts) == []

    def test_a_line_of_a_single_day(self) -> None:
        texts = articles(edit=lambda number, lines: [*lines, NEWSLETTER] if number < 4 else lines)
        assert learn("2026-Q4", texts) == []

    def test_a_line_of_two_texts(self) -> None:
        texts = articles(40, edit=every(20, lambda lines: [*lines, NEWSLETTER]))
        assert learn("2026-Q4", texts) == []

    def test_a_line_inside_one_text_in_thirty(self) -> None:
        assert learn("2026-Q4", articles(edit=every(30, inside(MARKER)))) == []

    def test_anything_of_a_handful_of_articles(self) -> None:
        assert learn("2026-Q4", articles(19, edit=every(1, lambda lines: [*lines, NEWSLETTER]))) == []


class TestLearnedLinesStayLearned:
    def test_while_cleaning_removes_them(self) -> None:
        first = learn("2026-Q4", articles(edit=every(10, lambda lines: [*lines, NEWSLETTER])))
        cleaned = [
            replace(text, removed=(NEWSLETTER,) if number % 10 == 0 else ()) for number, text in enumerate(articles())
        ]
        assert learn("2026-Q4", cleaned, first) == first

    def test_down_to_half_the_share_asked_of_new_ones(self) -> None:
        at_first = learn("2026-Q4", articles(200, edit=every(50, lambda lines: [*lines, NEWSLETTER])))
        assert at_first
        for step, stays in ((90, True), (140, False)):
            texts = articles(400, edit=every(step, lambda lines: [*lines, NEWSLETTER]))
            assert learn("2026-Q4", texts) == []
            assert bool(learn("2026-Q4", texts, at_first)) is stays

    def test_and_are_forgotten_when_they_are_gone(self) -> None:
        first = learn("2026-Q4", articles(edit=every(10, lambda lines: [*lines, NEWSLETTER])))
        assert learn("2026-Q4", articles(), first) == []

    def test_of_several_windows_the_strongest_speaks_for_a_line(self) -> None:
        old = learn("2026-Q3", articles(edit=every(10, lambda lines: [*lines, NEWSLETTER])))
        new = learn("2026-Q4", articles(edit=every(5, lambda lines: [*lines, NEWSLETTER, INVITATION])))
        newer = [replace(line, last_seen=line.last_seen + timedelta(days=90)) for line in new]
        lines = {line.line: line for line in combined([old, newer])}
        assert set(lines) == {NEWSLETTER, INVITATION}
        assert (lines[NEWSLETTER].window, lines[NEWSLETTER].share) == ("2026-Q4", 0.2)
        assert (lines[NEWSLETTER].first_seen, lines[NEWSLETTER].last_seen) == (old[0].first_seen, newer[0].last_seen)


class TestRemoval:
    LINES = (OPENING, "Satu.", MARKER, "Dua.", NEWSLETTER, "Tiga.", INVITATION, NEWSLETTER)
    ALL = positions(
        LearnedLine(line, place, 9, 0.3, 9, "2026-Q4", OCTOBER, OCTOBER, ())
        for line, place in (
            (OPENING, Position.OPENING),
            (MARKER, Position.ANYWHERE),
            (NEWSLETTER, Position.CLOSING),
            (INVITATION, Position.CLOSING),
        )
    )

    def test_a_line_is_residue_only_where_it_was_learned(self) -> None:
        assert learned_in(self.LINES, self.ALL) == {0, 2, 6, 7}

    def test_a_site_s_veto_keeps_a_line_in_any_spelling(self) -> None:
        assert learned_in(self.LINES, self.ALL, keep=[MARKER.upper(), INVITATION]) == {0, 7}

    def test_nothing_learned_removes_nothing(self) -> None:
        assert learned_in(self.LINES, {}) == set()


PARAGRAPHS = [
    "Perusahaan rintisan asal Bandung memperkenalkan sepeda listrik yang baterainya dapat ditukar di warung kopi.",
    "Menurut pendirinya, satu baterai cukup untuk menempuh perjalanan pulang pergi dari Cimahi ke pusat kota.",
    "Harga sewanya dihitung per hari, dan pelanggan membayar lewat aplikasi yang juga menunjukkan warung terdekat.",
    "Uji coba dimulai bulan depan dengan dua ratus sepeda, lalu diperluas ke Yogyakarta dan Semarang tahun depan.",
]


def page(*closing: str) -> bytes:
    body = "".join(f"<p>{line}</p>" for line in (*PARAGRAPHS, *closing))
    return (
        "<!doctype html><html lang='id'><head><title>Sepeda Listrik dengan Baterai Tukar</title>"
        "<meta property='article:published_time' content='2026-11-24T08:00:00+07:00'></head>"
        f"<body><article><h1>Sepeda Listrik dengan Baterai Tukar</h1>{body}</article></body></html>"
    ).encode()


class TestCleaning:
    RULES = SiteRules("kabarteknik", learned={letters_only(NEWSLETTER): Position.CLOSING})
    URL = "https://kabarteknik.example/sepeda"

    def cleaned(self, html: bytes, rules: SiteRules = RULES) -> Article:
        article = clean(html, self.URL, site=rules)
        assert isinstance(article, Article)
        return article

    def test_drops_learned_lines_and_says_so(self) -> None:
        article = self.cleaned(page(NEWSLETTER))
        assert article.body.split("\n") == PARAGRAPHS
        assert article.repeated_lines == (NEWSLETTER,)
        assert "learned" in article.rules_fired

    def test_finds_what_a_learned_line_has_hidden(self) -> None:
        article = self.cleaned(page("(fyk/agt)", NEWSLETTER))
        assert article.body.split("\n") == PARAGRAPHS
        assert article.desk_code == "fyk/agt"

    def test_keeps_what_the_site_says_is_text(self) -> None:
        article = self.cleaned(page(NEWSLETTER), replace(self.RULES, keep_lines=(NEWSLETTER,)))
        assert article.body.split("\n") == [*PARAGRAPHS, NEWSLETTER]
        assert article.repeated_lines == ()
        assert "learned" not in article.rules_fired

"""Every residue rule removes its example where it may act, and leaves its survivor alone."""

import pytest

from pipelines.cleaning.residue import Line, clean_lines
from pipelines.cleaning.residue_rules import RULES, Rule, Where

LONG = (
    "Sebuah pabrik sepeda listrik membuka jalur perakitan ketiga pada Senin, dan kepala pabrik "
    "mengatakan bahwa jalur itu akan "
    "menambah dua ratus pekerja."
)
OTHER = (
    "Pemerintah daerah berjanji memperbaiki jalan menuju pabrik sebelum musim hujan tiba, sebab "
    "truk pengangkut kerap terjebak "
    "lumpur di tikungan."
)


def text_around(rule: Rule, line: str) -> list[Line]:
    """A text with a line where the rule may act."""
    linked = 1.0 if rule.where is Where.LINK and line == rule.example else 0.0
    match rule.where:
        case Where.HEAD:
            return [Line(line), Line(LONG), Line(OTHER)]
        case Where.TAIL | Where.CUT | Where.LAST:
            return [Line(LONG), Line(OTHER), Line(line)]
        case Where.END:
            return [Line(LONG), Line(f"{OTHER} {line}" if line == rule.example else line)]
        case _:
            return [Line(LONG), Line(line, linked=linked), Line(OTHER)]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_removes_its_example(rule: Rule) -> None:
    cleaned = clean_lines(text_around(rule, rule.example), [rule])
    assert rule.name in cleaned.fired
    assert rule.example not in "\n".join(line.text for line in cleaned.lines)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_leaves_its_survivor(rule: Rule) -> None:
    cleaned = clean_lines(text_around(rule, rule.survivor), [rule])
    assert cleaned.fired == ()
    assert rule.survivor in [line.text for line in cleaned.lines]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_all_rules_together_leave_each_survivor_where_text_stands(rule: Rule) -> None:
    cleaned = clean_lines([Line(LONG), Line(f"{rule.survivor} {LONG}"), Line(OTHER)])
    assert [line.text for line in cleaned.lines] == [LONG, f"{rule.survivor} {LONG}", OTHER]


def test_names_are_unique() -> None:
    names = [rule.name for rule in RULES]
    assert len(names) == len(set(names))


def test_residue_behind_residue_is_reached() -> None:
    lines = [
        LONG,
        f"{OTHER} (fyk/agt)",
        "Baca juga: Robot Pengantar Makanan",
        "Editor: Ratna Sari",
        "COPYRIGHT © ANTARA 2026",
        "-",
    ]
    cleaned = clean_lines([Line(line) for line in lines])
    assert [line.text for line in cleaned.lines] == [LONG, OTHER]
    assert cleaned.fields == {"desk_code": ("(fyk/agt)",), "editor": ("Ratna Sari",)}


def test_entities_escaped_twice_become_what_they_stand_for() -> None:
    cleaned = clean_lines([Line("Harga&amp;nbsp;naik &amp;ldquo;tajam&amp;rdquo; di pasar A&amp;B.")])
    assert [line.text for line in cleaned.lines] == ["Harga naik “tajam” di pasar A&B."]


@pytest.mark.parametrize(
    "line",
    [
        "SCROLL TO CONTINUE WITH CONTENT",
        "ADVERTISEMENT - SCROLL TO RESUME CONTENT",
        "Scroll ke bawah untuk lanjut membaca",
        "Gulir ke bawah untuk melanjutkan membaca artikel",
        "Geser ke bawah",
        "Scroll down to continue reading",
    ],
)
def test_a_request_to_scroll_is_residue(line: str) -> None:
    assert [line.text for line in clean_lines([Line(LONG), Line(line), Line(OTHER)]).lines] == [LONG, OTHER]


@pytest.mark.parametrize(
    "step",
    [
        "Gulir ke bawah sampai menu Aplikasi Lain, cari nama yang tidak dikenal, lalu hapus.",
        "Gulir layar itu terasa halus pada 120 hertz, lebih baik dari pendahulunya.",
        "Geser ke bawah untuk membuka panel pengaturan cepat.",
        "Scroll ke bawah hingga menemukan tombol Hapus Akun",
    ],
)
def test_a_step_of_a_guide_that_scrolls_is_text(step: str) -> None:
    assert [line.text for line in clean_lines([Line(LONG), Line(step), Line(OTHER)]).lines] == [LONG, step, OTHER]


def test_links_are_residue_under_a_label_only() -> None:
    links = [Line("Sepeda Listrik Lipat", tag="li", linked=1.0), Line("Sepeda Kargo", tag="li", linked=1.0)]
    for label in ("Baca juga", "Artikel Terkait:"):
        cleaned = clean_lines([Line(LONG), Line(label, links_follow=True), *links, Line(OTHER)])
        assert [line.text for line in cleaned.lines] == [LONG, OTHER]
    text = [Line(LONG), Line("Pabrik itu membuat dua sepeda:", links_follow=True), *links, Line(OTHER)]
    assert clean_lines(text).lines == tuple(text)


def test_identical_adjacent_paragraphs_are_kept() -> None:
    cleaned = clean_lines([Line(LONG), Line(LONG), Line(OTHER)])
    assert [line.text for line in cleaned.lines] == [LONG, LONG, OTHER]

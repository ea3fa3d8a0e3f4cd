"""Every residue rule removes its example where it applies, and leaves its counter-example alone."""

import pytest

from pipelines.cleaning.markdown import Structure
from pipelines.cleaning.residue import MAX_RESIDUE_LINE_CHARS, TextLine, clean_lines
from pipelines.cleaning.residue_rules import RULES, Rule, RuleScope

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


def text_around(rule: Rule, line: str) -> list[TextLine]:
    """A text with a line where the rule applies."""
    linked = 1.0 if rule.scope is RuleScope.LINK and line == rule.example else 0.0
    match rule.scope:
        case RuleScope.HEAD:
            return [TextLine(line), TextLine(LONG), TextLine(OTHER)]
        case RuleScope.TAIL | RuleScope.CUT | RuleScope.LAST:
            return [TextLine(LONG), TextLine(OTHER), TextLine(line)]
        case RuleScope.END:
            return [TextLine(LONG), TextLine(f"{OTHER} {line}" if line == rule.example else line)]
        case _:
            return [TextLine(LONG), TextLine(line, linked=linked), TextLine(OTHER)]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_removes_its_example(rule: Rule) -> None:
    cleaned = clean_lines(text_around(rule, rule.example), [rule])
    assert rule.name in cleaned.matched_rules
    assert rule.example not in "\n".join(line.text for line in cleaned.lines)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_leaves_its_counter_example(rule: Rule) -> None:
    cleaned = clean_lines(text_around(rule, rule.counter_example), [rule])
    assert cleaned.matched_rules == ()
    assert rule.counter_example in [line.text for line in cleaned.lines]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_all_rules_together_leave_each_counter_example_inside_a_text(rule: Rule) -> None:
    cleaned = clean_lines([TextLine(LONG), TextLine(f"{rule.counter_example} {LONG}"), TextLine(OTHER)])
    assert [line.text for line in cleaned.lines] == [LONG, f"{rule.counter_example} {LONG}", OTHER]


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
    cleaned = clean_lines([TextLine(line) for line in lines])
    assert [line.text for line in cleaned.lines] == [LONG, OTHER]
    assert cleaned.fields == {"desk_code": ("(fyk/agt)",), "editor": ("Ratna Sari",)}


def test_entities_escaped_twice_become_what_they_stand_for() -> None:
    cleaned = clean_lines([TextLine("Harga&amp;nbsp;naik &amp;ldquo;tajam&amp;rdquo; di pasar A&amp;B.")])
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
    assert [line.text for line in clean_lines([TextLine(LONG), TextLine(line), TextLine(OTHER)]).lines] == [LONG, OTHER]


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
    assert [line.text for line in clean_lines([TextLine(LONG), TextLine(step), TextLine(OTHER)]).lines] == [
        LONG,
        step,
        OTHER,
    ]


@pytest.mark.parametrize(
    "line",
    [
        "Laman: 1 2",
        "Halaman 1 2 3",
        "Halaman 1 2 Selanjutnya",
        "Halaman: 1 2 3 Show All",
        "Hal. 1 2",
        "Pages: 1 2",
        "1 2 3 Lihat Semua",
        "1 2 3 ... 7 Berikutnya",
        "1 | 2 | 3 | Selanjutnya",
        "« Sebelumnya 1 2 3 Selanjutnya »",
        "Prev 1 2 3 Next",
        "< 1 2 3 >",
        "1 dari 3 halaman",
        "Page 1 of 3",
        "Laman 1 / 3",
        "1/5",
        "Laman:",
        "Previous",
    ],
)
def test_a_bar_of_page_numbers_is_residue(line: str) -> None:
    assert [line.text for line in clean_lines([TextLine(LONG), TextLine(line), TextLine(OTHER)]).lines] == [LONG, OTHER]


@pytest.mark.parametrize(
    "line",
    [
        "2 dari 3 orang",
        "Laman resmi: panitia.example",
        "Halaman 3 surat kabar itu kosong",
        "Page 3 tampil di Solo",
        "Halaman terakhir",
        "1998 terakhir",
    ],
)
def test_words_that_begin_like_page_numbers_are_text(line: str) -> None:
    lines = [TextLine(LONG), TextLine(line), TextLine(OTHER)]
    assert clean_lines(lines).lines == tuple(lines)


@pytest.mark.parametrize("figures", ["1 2 3", "1 20 30", "1/5", "12 | 40"])
def test_a_row_of_figures_is_text_in_a_table_only(figures: str) -> None:
    cells = Structure(cells=("kiri", "kanan"))
    row = TextLine(figures, tag="tr", structure=cells)
    lines = [TextLine(LONG), TextLine("Kota Sepeda", tag="tr", structure=cells), row, TextLine(OTHER)]
    assert clean_lines(lines).lines == tuple(lines)
    assert clean_lines([TextLine(LONG), TextLine(figures), TextLine(OTHER)]).lines == (TextLine(LONG), TextLine(OTHER))


CREDITS = ("(Foto: Sari/Kabar Pagi)", "(ANTARA FOTO/Budi Santoso)", "© Kabar Pagi/Sari", "Foto: Rani Lestari")


@pytest.mark.parametrize("credit", CREDITS)
def test_a_story_told_in_captions_loses_their_credits_alone(credit: str) -> None:
    captions = [TextLine(f"{text} {credit}", tag="figcaption", caption=True) for text in (LONG, OTHER)]
    assert [line.text for line in clean_lines(captions).lines] == [LONG, OTHER]


@pytest.mark.parametrize("credit", CREDITS)
def test_a_caption_beside_a_text_goes_with_its_credit(credit: str) -> None:
    caption = TextLine(f"Suasana di jalur perakitan. {credit}", tag="figcaption", caption=True)
    cleaned = clean_lines([TextLine(LONG), caption, TextLine(OTHER)])
    assert [line.text for line in cleaned.lines] == [LONG, OTHER]


def test_links_are_residue_under_a_label_only() -> None:
    links = [TextLine("Sepeda Listrik Lipat", tag="li", linked=1.0), TextLine("Sepeda Kargo", tag="li", linked=1.0)]
    for label in ("Baca juga", "Artikel Terkait:"):
        cleaned = clean_lines([TextLine(LONG), TextLine(label, links_follow=True), *links, TextLine(OTHER)])
        assert [line.text for line in cleaned.lines] == [LONG, OTHER]
    text = [TextLine(LONG), TextLine("Pabrik itu membuat dua sepeda:", links_follow=True), *links, TextLine(OTHER)]
    assert clean_lines(text).lines == tuple(text)


def test_identical_adjacent_paragraphs_are_kept() -> None:
    cleaned = clean_lines([TextLine(LONG), TextLine(LONG), TextLine(OTHER)])
    assert [line.text for line in cleaned.lines] == [LONG, LONG, OTHER]


PIECES = ("| ", ": ", ", ", "- ", "1 ", "K", "(a) ", "/", "12/12/2026 ", "Foto: ", "Penulis: Sari | ", "A. B. ", "dan ")
"""What lists, bylines and share bars are made of."""


@pytest.mark.timeout(120)
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_reads_a_line_of_repetitions_once_and_not_in_all_its_ways(rule: Rule) -> None:
    words = [f"{word} " for word in rule.example.split()]
    for piece in dict.fromkeys((*PIECES, *words, rule.example, f"{rule.example} ")):
        for end in ("", "K!", "\x01"):
            line = (piece * MAX_RESIDUE_LINE_CHARS)[: MAX_RESIDUE_LINE_CHARS - len(end)] + end
            rule.pattern.fullmatch(line)
            rule.pattern.search(line)

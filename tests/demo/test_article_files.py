"""Article files: what they become, and how a faulty one is named."""

from pathlib import Path

import pytest

from demo.content import BlockKind, CopyKind, Kind, load_stories, read_story
from demo.errors import ContentError
from demo.server import DemoWeb


def test_blocks_pages_and_editions_are_read(write):
    story = read_story(
        write("nusakata/a", "Satu\nbaris.\n\n## Judul\n- x\n- y\n\n> Kata.\n---page---\nDua.\n---edition 2---\nTiga.")
    )
    (first, body), (second, edited) = story.bodies
    assert (first, second) == (1, 2)
    assert body.text == "Satu baris.\nJudul\nx\ny\nKata.\nDua."
    assert [block.kind for block in body.pages[0]] == [
        BlockKind.PARAGRAPH,
        BlockKind.HEADING,
        BlockKind.ITEM,
        BlockKind.ITEM,
        BlockKind.QUOTE,
    ]
    assert (len(body.pages), edited.text) == (2, "Tiga.")


def test_front_matter_is_read(write):
    story = read_story(write("nusakata/a"))
    assert (story.site, story.slug, story.author, story.editor) == ("nusakata", "a", ("Budi Santoso",), "Rina Lestari")
    assert (story.section, story.tags, story.city, story.age) == ("Gawai", ("ponsel", "uji coba"), "Bandung", 90)
    assert (story.kind, story.edition) == (Kind.ARTICLE, 1)


def test_an_exact_copy_carries_the_first_text_of_its_original(write, tmp_path):
    write("nusakata/asli", "Dahulu.\n---edition 2---\nKini.")
    write("kilasperanti/salinan", "", more="copy_of: nusakata/asli\ncopy: exact\n")
    copy = load_stories(tmp_path / "articles")["kilasperanti", "salinan"]
    assert copy.copy_of is not None
    assert copy.copy_of.kind is CopyKind.EXACT
    assert [body.text for _, body in copy.bodies] == ["Dahulu."]


@pytest.mark.parametrize(
    ("more", "text", "line", "words"),
    [
        ("kind: podcast\n", "Isi.", 10, "kind must be one of"),
        ("colour: merah\n", "Isi.", 10, "colour is not a field"),
        ("edition: dua\n", "Isi.", 10, "edition must be a whole number"),
        ("copy_of: nusakata\ncopy: exact\n", "", 10, "copy_of must be site/slug"),
        ("copy: near\n", "Isi.", 10, "copy needs copy_of"),
        ("editor: [a: b\n", "Isi.", 10, "expected"),
        ("", "", 10, "no text"),
        ("", "Isi.\n---edition 1---\nLagi.", 12, "must come after"),
    ],
)
def test_a_faulty_file_is_named_with_its_line(write, more, text, line, words):
    path = write("nusakata/salah", text, more=more)
    with pytest.raises(ContentError, match=rf"{path}:{line}: .*{words}"):
        read_story(path)


def test_a_missing_field_and_an_unclosed_front_matter_are_named(tmp_path):
    path = tmp_path / "tanpa.md"
    path.write_text("---\nheadline: Judul\n---\nIsi.\n", encoding="utf-8")
    with pytest.raises(ContentError, match="age"):
        read_story(path)
    path.write_text("---\nheadline: Judul\n", encoding="utf-8")
    with pytest.raises(ContentError, match=":1: the front matter is not closed"):
        read_story(path)


def test_a_copy_of_nothing_is_refused(write, tmp_path):
    write("nusakata/salinan", "", more="copy_of: kilasperanti/hilang\ncopy: exact\n")
    with pytest.raises(ContentError, match="names no article: kilasperanti/hilang"):
        load_stories(tmp_path / "articles")


def test_a_faulty_article_keeps_the_server_from_starting(write, tmp_path: Path):
    write("kilasperanti/salah", more="kind: podcast\n")
    with pytest.raises(ContentError, match=r"salah\.md:10"):
        DemoWeb(tmp_path / "state", articles=tmp_path / "articles").start()


def test_articles_of_an_unknown_site_are_refused(write, tmp_path: Path):
    write("kabarburung/a")
    with pytest.raises(ContentError, match="unknown sites: kabarburung"):
        DemoWeb(tmp_path / "state", articles=tmp_path / "articles").start()

"""The comment form of the tagDiv Newspaper theme never reaches a body: with this residue the project began."""

import pytest

from pipelines.article import Article
from pipelines.cleaning.cleaner import clean
from pipelines.cleaning.residue import TextLine, clean_lines
from tests.cleaning.newspage import BODY, HEADLINE, PARAGRAPHS, URL
from tests.cleaning.tagdiv import LANGUAGES, READERS, TEMPLATES, WORDS, page

DATELINED = (f"Majalahcontoh.id– {PARAGRAPHS[0]}", *PARAGRAPHS[1:])


def strings(language: str) -> tuple[str, ...]:
    return (*WORDS[language].all(), *READERS)


@pytest.mark.parametrize("readers", [False, True], ids=["no readers", "readers"])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", TEMPLATES)
def test_the_article_comes_out_as_exactly_its_text(template: str, language: str, readers: bool) -> None:
    html = page(HEADLINE, DATELINED, template=template, language=language, readers=readers)
    record = clean(html, URL)
    assert isinstance(record, Article)
    assert record.body == (PARAGRAPHS[0] if template == "short" else BODY)
    assert (record.headline, record.dateline, record.author) == (HEADLINE, "Majalahcontoh.id", ("Rahmat Hidayat",))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", ["classic", "cloud", "broken"])
def test_not_through_the_parser_for_deep_pages(template: str, language: str) -> None:
    html = page(HEADLINE, DATELINED, template=template, language=language, readers=True)
    deep = html.replace(b'<div id="td-outer-wrap"', b"<div>" * 400 + b'<div id="td-outer-wrap"')
    record = clean(deep, URL)
    assert isinstance(record, Article)
    assert PARAGRAPHS[-1] in record.body
    assert not [text for text in strings(language) if text in record.body]


@pytest.mark.parametrize("language", LANGUAGES)
def test_not_through_the_second_extractor_for_huge_pages(language: str) -> None:
    html = page(HEADLINE, DATELINED, template="classic", language=language, readers=True)
    huge = html.replace(b"</body>", b"<i></i>" * 70_000 + b"</body>")
    record = clean(huge, URL)
    assert isinstance(record, Article)
    assert PARAGRAPHS[-1] in record.body
    assert not [text for text in strings(language) if text in record.body]


@pytest.mark.parametrize("language", LANGUAGES)
def test_not_as_lines_of_any_text(language: str) -> None:
    words = WORDS[language]
    lines = [*PARAGRAPHS, f"{words.reply} {words.cancel}", words.comment, *words.all()]
    cleaned = clean_lines([TextLine(line) for line in lines])
    assert [line.text for line in cleaned.lines] == list(PARAGRAPHS)

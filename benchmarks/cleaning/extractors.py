"""The extractors that are measured: Kliping, and those that stand beside its environment."""

import importlib
from collections.abc import Callable
from typing import Any, TypeAlias

from benchmarks.cleaning.scoring import Answer, as_moment
from pipelines.article import DOUBTFUL, Article, Hints, Page
from pipelines.cleaning.cleaner import ANY_SITE, clean, find_body, read_page
from pipelines.cleaning.document import NotHtmlError

Extractor: TypeAlias = Callable[[bytes, str], Answer]


def kliping(html: bytes, url: str) -> Answer:
    record = clean(html, url)
    if isinstance(record, Article):
        doubts = record.quality_reasons if record.quality == DOUBTFUL else ()
        return Answer(record.body, record.headline, record.author, record.date_published, doubts=doubts)
    return Answer(refused=record.reason.value)


def kliping_body(html: bytes, url: str) -> Answer:
    """The body alone, also of pages that are not articles of the corpus."""
    try:
        reading = read_page(Page(url, html), ANY_SITE, Hints())
    except NotHtmlError:
        return Answer()
    return Answer(find_body([reading], ANY_SITE).text, reading.headline)


def trafilatura(html: bytes, url: str, **options: Any) -> Answer:
    from trafilatura.core import bare_extraction

    document = bare_extraction(html, url=url or None, include_comments=False, with_metadata=True, **options)
    if document is None or isinstance(document, dict):
        return Answer(refused="nothing found")
    authors = tuple(name.strip() for name in (document.author or "").split(";") if name.strip())
    return Answer(document.text or "", document.title, authors, as_moment(document.date))


def trafilatura_for_precision(html: bytes, url: str) -> Answer:
    return trafilatura(html, url, favor_precision=True)


def trafilatura_for_recall(html: bytes, url: str) -> Answer:
    return trafilatura(html, url, favor_recall=True)


def rs_trafilatura(html: bytes, url: str) -> Answer:
    found = importlib.import_module("rs_trafilatura").extract_bytes(html, url=url or None, page_type="article")
    authors = tuple(name.strip() for name in (found.author or "").split(";") if name.strip())
    return Answer(found.main_content or "", found.title, authors, as_moment((found.date or "")[:10]))


def resiliparse(html: bytes, url: str) -> Answer:  # noqa: ARG001 - one signature for all
    from resiliparse.extract.html2text import extract_plain_text

    return Answer(extract_plain_text(html.decode("utf-8", "replace"), main_content=True))


def readability(html: bytes, url: str) -> Answer:  # noqa: ARG001 - one signature for all
    from trafilatura import html2txt

    document = importlib.import_module("readability").Document(html.decode("utf-8", "replace"))
    return Answer(html2txt(document.summary(), clean=False), document.short_title())


def magic_html(html: bytes, url: str) -> Answer:
    from trafilatura import html2txt

    extractor = importlib.import_module("magic_html").GeneralExtractor()
    found = extractor.extract(html.decode("utf-8", "replace"), base_url=url or "http://localhost/")
    return Answer(html2txt(found.get("html") or "", clean=False), found.get("title"))


def newspaper4k(html: bytes, url: str) -> Answer:
    article = importlib.import_module("newspaper").Article(
        url or "http://localhost/", language="id", fetch_images=False
    )
    article.download(input_html=html.decode("utf-8", "replace"))
    article.parse()
    return Answer(article.text, article.title, tuple(article.authors), article.publish_date or None)


def news_please(html: bytes, url: str) -> Answer:
    article = importlib.import_module("newsplease").NewsPlease.from_html(
        html.decode("utf-8", "replace"), url=url or None, fetch_images=False
    )
    return Answer(article.maintext or "", article.title, tuple(article.authors or ()), article.date_publish)


RIVALS: dict[str, tuple[Extractor, str]] = {
    "trafilatura, precision": (trafilatura_for_precision, "trafilatura"),
    "trafilatura, recall": (trafilatura_for_recall, "trafilatura"),
    "rs-trafilatura": (rs_trafilatura, "rs_trafilatura"),
    "magic-html": (magic_html, "magic_html"),
    "readability-lxml": (readability, "readability"),
    "newspaper4k": (newspaper4k, "newspaper"),
    "news-please": (news_please, "newsplease"),
    "resiliparse": (resiliparse, "resiliparse"),
}
"""Each with the module that it needs."""


def is_installed(module: str) -> bool:
    try:
        importlib.import_module(module)
    except ImportError:
        return False
    return True

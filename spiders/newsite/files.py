"""The files of a new site, from what a probe found: its class, the documents of its test, what the test expects.

Everything here is pure but `write`. Texts of the site go into the class as string literals and docstrings only, with
nothing in them that could end one: a page title is a stranger's input.
"""

import json
import re
import textwrap
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from lxml import etree
from selectolax.lexbor import LexborHTMLParser

from pipelines.article import Article
from pipelines.web_address import joined
from spiders.canonical import SiteUrls
from spiders.expect import Expect
from spiders.newsite.draft import Document, Findings, Sample, class_name
from spiders.newsite.pseudonymize import Pseudonymizer
from spiders.site import Site
from spiders.source_kinds import SECTION, SOURCE_KINDS, SourceKind
from spiders.sources.xml_source import inflate

MAX_LINE_CHARS = 120
"""Characters of a line of code."""

ORDER = (
    *("name", "title", "home", "hosts", "language"),
    *(kind.attribute for kind in SOURCE_KINDS),
    *("sitemap_children", "article_url", "trailing_slash", "one_page", "schedule", "expect", "loopback"),
    "permission_needed",
)
"""Attributes in the order in which sites state them."""

TO_FILL_IN: Mapping[str, Any] = {"headline": "", "body": "", "date_published": "", "author": []}
"""What a person states of each sample article. The site's test fails while any of it is empty."""

KINDS = ("article", "pages", "list", "visual")
"""Kinds of pages that a site's test has, or says why it lacks them: an article on one page, one over several, a list of
articles, a gallery or video."""

UNREAD_ELEMENTS = (
    "script:not([type*='json']), style, svg, iframe, link[rel~='stylesheet'], link[rel~='preload'], template"
)
"""Elements that no part of Kliping reads: most of a page's bytes."""

UNREAD_ATTRIBUTES = ("style", "onclick", "srcset", "data-srcset")
"""Attributes likewise."""

INLINE_DATA_URL = re.compile(r"data:[a-z]+/[\w.+-]+;base64,[A-Za-z0-9+/=]{40,}")
CRAWL_DELAY = re.compile(r"(?im)^\s*crawl-delay\s*:.*\n?")


@dataclass(frozen=True, slots=True)
class File:
    """A file to be written, by its path below the project's root."""

    path: str
    content: bytes


def files(findings: Findings) -> list[File]:
    """The spider, and its test's web.json, expected.json and documents."""
    name = findings.site.name
    folder = f"tests/sites/{name}"
    pseudonymizer = pseudonymizer_for(findings)
    stored = [(pseudonymized(document, pseudonymizer), file, kind) for document, file, kind in fixtures(findings)]
    web = {document.url: _answer(document, file, kind) for document, file, kind in stored}
    kinds = {kind for _, _, kind in stored}
    return [
        File(f"spiders/sites/{name}.py", source_of(findings).encode()),
        File(f"{folder}/web.json", _json(web)),
        File(f"{folder}/expected.json", pseudonymizer.shift_dates(_json(expected(findings, kinds)).decode()).encode()),
        *(File(f"{folder}/{file}", document.body) for document, file, _ in stored if file),
    ]


def pseudonymizer_for(findings: Findings) -> Pseudonymizer:
    """In which other words the site's documents are kept."""
    articles = [sample.cleaned for sample in findings.samples if isinstance(sample.cleaned, Article)]
    people = [person for article in articles for person in (*article.author, *article.editor)]
    return Pseudonymizer.from_names(findings.site.title, people, [article.date_published for article in articles])


def pseudonymized(document: Document, pseudonymizer: Pseudonymizer) -> Document:
    """A document in other words, with its dates in November 2026, and at an address that has them there too."""
    is_rules = document.content_type == "text/plain"
    text = document.body.decode("utf-8", errors="replace")
    return replace(
        document,
        url=pseudonymizer.shift_dates(document.url),
        location=pseudonymizer.shift_dates(document.location) if document.location else None,
        body=text.encode() if is_rules else pseudonymizer.shift_dates(pseudonymizer.markup(text)).encode(),
    )


def write(written: Sequence[File], root: Path) -> None:
    """Write the files below `root`.

    Raises FileExistsError where one is there already, before anything is written.
    """
    for file in written:
        if (root / file.path).exists():
            raise FileExistsError(f"{root / file.path} is there already")
    for file in written:
        path = root / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content)


# The class


def source_of(findings: Findings) -> str:
    """The site's module, formatted as the project's are."""
    attributes = findings.attributes
    title, host = _plain(attributes["title"]), urlsplit(attributes["home"]).netloc
    platform = findings.platform
    doc = [f"{title}, technology news at {host}.", "", *textwrap.wrap(_sentences(findings.facts), MAX_LINE_CHARS - 6)]
    return "\n".join(
        (
            f'"""{title}: technology news at {host}."""',
            "",
            "from spiders.expect import Expect",
            f"from {platform.__module__} import {platform.__name__}",
            "",
            "",
            f"class {class_name(attributes['title'], attributes['name'])}({platform.__name__}):",
            *_indented([f'"""{doc[0]}', *doc[1:], '"""', ""]),
            *_indented([line for name in ORDER if name in attributes for line in _statement(name, attributes[name])]),
            "",
        )
    )


def _statement(name: str, value: Any) -> Iterator[str]:
    """The lines of one attribute."""
    line = f"{name} = {_literal(name, value)}"
    if len(line) + 4 <= MAX_LINE_CHARS:
        yield line
    elif isinstance(value, list):
        yield from (f"{name} = [", *(f"    {_quoted(item)}," for item in value), "]")
    else:
        yield from (f"{name} = (", f"    {_literal(name, value)}", ")")


def _literal(name: str, value: Any) -> str:
    if isinstance(value, Expect):
        return (
            f"Expect(articles_per_day={value.articles_per_day}, body={value.body}, published_at={value.published_at})"
        )
    if isinstance(value, list):
        return f"[{', '.join(_quoted(item) for item in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_quoted(key)}: {_quoted(item)}' for key, item in value.items())}}}"
    if isinstance(value, str):
        is_expression = name in ("article_url", "sitemap_children")
        return f'r"{value}"' if is_expression and not re.search(r"[\"\n\r]|\\$", value) else _quoted(value)
    return repr(value)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _plain(text: str) -> str:
    """`text` without what could end a docstring."""
    return " ".join(re.sub(r"[\"\\\x00-\x1f\x7f]", " ", text).split())


def _sentences(facts: Sequence[str]) -> str:
    return " ".join(f"{_plain(fact)}." for fact in facts)


def _indented(lines: Sequence[str]) -> list[str]:
    return [f"    {line}" if line else "" for line in lines]


# The test


def expected(findings: Findings, kinds: Collection[str]) -> dict[str, Any]:
    """expected.json: the sample articles, with nothing filled in, the samples that are no articles, and the kinds of
    pages that are not among the fixtures, which a person adds, or says why the site has none.
    """
    articles = [sample.url for sample in findings.samples if isinstance(sample.cleaned, Article)]
    others = [sample.url for sample in findings.samples if sample.url not in articles]
    return {
        "articles": {url: dict(TO_FILL_IN) for url in articles},
        **({"outcomes": dict.fromkeys(others, "rejected")} if others else {}),
        **({"lacks": dict.fromkeys(lacking, "")} if (lacking := [kind for kind in KINDS if kind not in kinds]) else {}),
    }


def fixtures(findings: Findings) -> Iterator[tuple[Document, str, str]]:
    """Each document that the site's test answers with, trimmed, the name of its file ('' for a redirect), and the kind
    of page that it is ('' for other documents).
    """
    urls = findings.site.urls
    wanted = {sample.url for sample in findings.samples}
    kinds = {url: source.kind for source in findings.sources for url in source.asked}
    articles = {url: number for number, sample in enumerate(findings.samples, 1) for url in sample.asked}
    taken: set[str] = set()
    for url, document in findings.documents.items():
        if document.location:
            yield document, "", ""
        elif urlsplit(url).path == "/robots.txt":
            rules = CRAWL_DELAY.sub("", document.body.decode()).encode()  # a test has no time to keep one
            yield replace(document, body=rules), _unique("robots.txt", taken), ""
        elif url in articles or url in _final(findings, articles):
            number = articles.get(url) or articles[_final(findings, articles)[url]]
            kind = _kind(findings.samples[number - 1], findings.split)
            yield replace(document, body=trimmed(document.body)), _unique(f"article-{number}.html", taken), kind
        elif url not in kinds and url not in _final(findings, kinds):
            yield replace(document, body=trimmed(document.body)), _unique("list.html", taken), "list"
        else:
            source = kinds.get(url) or kinds[_final(findings, kinds)[url]]
            children = {child for source in findings.sources for child in source.asked}
            body, content_type = narrowed(document, source, wanted, children, urls)
            is_page = source is SECTION
            yield (
                replace(document, body=body, content_type=content_type),
                _unique("section.html" if is_page else f"{source.name.replace('_', '-')}.xml", taken),
                "list" if is_page else "",
            )


def _kind(sample: Sample, split: Collection[str]) -> str:
    if not isinstance(sample.cleaned, Article):
        return "visual"
    return "pages" if len(sample.pages) > 1 or any(url in split for url in (sample.url, *sample.asked)) else "article"


def _final(findings: Findings, asked: Collection[str]) -> dict[str, str]:
    """Where redirects from the `asked` URLs end, and where they began."""
    ends = {}
    for url in asked:
        target = url
        while (hop := findings.documents.get(target)) and hop.location:
            target = urljoin(target, hop.location)
        ends[target] = url
    return ends


def _unique(file: str, taken: set[str]) -> str:
    """`file`, numbered where it is `taken`."""
    stem, dot, suffix = file.rpartition(".")
    name = next(name for n in range(1, 1000) if (name := file if n == 1 else f"{stem}-{n}{dot}{suffix}") not in taken)
    taken.add(name)
    return name


def _answer(document: Document, file: str, kind: str) -> dict[str, Any]:
    if document.location:
        return {"status": document.status, "location": document.location}
    status = {"status": document.status} if document.status != 200 else {}
    told = {"kind": kind} if kind else {}
    return {"file": file, **told, **status, "type": document.content_type or "text/html; charset=utf-8"}


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()


def trimmed(html: bytes) -> bytes:
    """A page without scripts, styles, frames and inline pictures; JSON-LD and other data stay."""
    page = LexborHTMLParser(INLINE_DATA_URL.sub("data:,", html.decode("utf-8", errors="replace")))
    for node in page.css(UNREAD_ELEMENTS):
        node.decompose()
    for name in UNREAD_ATTRIBUTES:
        for node in page.css(f"[{name}]"):
            del node.attrs[name]
    kept = re.sub(r"(?s)<!--.*?-->", "", page.html or "")
    return ("\n".join(line.rstrip() for line in kept.splitlines() if line.strip()) + "\n").encode()


def narrowed(
    document: Document, kind: SourceKind, wanted: Collection[str], children: Collection[str], urls: SiteUrls
) -> tuple[bytes, str]:
    """The document of a source of that kind, and its content type, with the `wanted` articles alone; an index with the
    `children` alone.
    """
    if kind is SECTION:
        page = LexborHTMLParser(trimmed(document.body).decode())
        for node in page.css("a[href]"):
            target = joined(document.url, node.attributes["href"] or "")
            article = urls.article(target) if target else None
            if article and article not in wanted:
                node.decompose()
        return (page.html or "").encode(), document.content_type
    root = etree.fromstring(
        inflate(document.body),
        etree.XMLParser(resolve_entities=False, no_network=True, recover=True, strip_cdata=False),
    )
    for element in list(root.iter("{*}url", "{*}item", "{*}entry")):
        if not any(urls.article(address) in wanted for address in _addresses(element)):
            _remove(element)
    for element in list(root.iter("{*}sitemap")):
        if not any(joined(document.url, address) in children for address in _addresses(element)):
            _remove(element)
    content_type = document.content_type if "xml" in document.content_type else "application/xml"
    return etree.tostring(root, xml_declaration=True, encoding="utf-8"), content_type


def _addresses(element: Any) -> Iterator[str]:
    """What an entry of a sitemap or feed may have as its address."""
    for node in element.iter("{*}loc", "{*}link", "{*}origLink", "{*}guid"):
        yield (node.text or "").strip() or node.get("href", "")


def _remove(element: Any) -> None:
    element.getparent().remove(element)


def reading(findings: Findings) -> Iterator[str]:
    """How each sample was read, one line each, for the person who judges it."""
    for sample in findings.samples:
        if isinstance(sample.cleaned, Article):
            article = sample.cleaned
            who = ", ".join(article.author) or "nobody"
            when = f"{article.date_published:%Y-%m-%d %H:%M %z}"
            yield f"{sample.url}\n    {article.headline}\n    {when}, {article.word_count} words, by {who}"
        else:
            yield f"{sample.url}\n    no article: {sample.cleaned.reason}, {sample.cleaned.detail}"


def owner_among(sites: Sequence[Site], findings: Findings) -> str | None:
    """The name of the site that has the samples already, None where none has."""
    urls = [sample.url for sample in findings.samples]
    return next((site.name for site in sites if any(site.urls.article(url) for url in urls)), None)

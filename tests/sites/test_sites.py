"""Each site, from its sources to the corpus: its golden pages in, its expected articles out.

`tests/sites/<site>/web.json` says what the site's web answers, `expected.json` what the corpus then holds. All selected
sites are crawled once, together (see tests/sites/crawl.py); `pytest tests/sites -k <site>` crawls and checks one.
"""

import difflib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from deltalake import DeltaTable
from pydantic import SecretStr

from local.seaweedfs import REGION, SeaweedFS
from pipelines.archive.table_location import storage_options, table_uri
from pipelines.article import Hints, Rejection
from pipelines.cleaning.cleaner import clean
from pipelines.report import RunReport
from settings.storage import Storage
from spiders.site_index import rules_of
from tests.sites.crawl import SITES, golden_pages

ALL = sorted(path.parent.name for path in SITES.glob("*/web.json"))

OBLIGATORY = {"headline", "body", "date_published"}
"""What every expected article states, beside its writer; everything else it states is compared as well."""

LONGEST = 240
"""Seconds that the crawls of all sites may take. Measured: 50 on two cores with much else to do."""

NO_ARTICLE = {"list", "visual"}
"""Kinds of golden pages that hold no article; not every site announces such."""

WRITER = {"author", "desk_code"}
"""One of them at least: some sites sign with initials only."""


@dataclass(frozen=True)
class Golden:
    """What one site's crawl came to: rows of the corpus by URL in `articles`, the URLs that were asked for in
    `asked`.
    """

    report: RunReport
    articles: Mapping[str, Mapping[str, Any]]
    asked: frozenset[str]


@pytest.fixture(scope="session")
def crawled(
    request: pytest.FixtureRequest, seaweedfs: SeaweedFS, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Golden]:
    """The crawls of all sites that this session's tests are about, by name."""
    items: list[Any] = [item for item in request.session.items if _is_about_a_site(item)]
    sites = sorted({item.callspec.params["golden_site"] for item in items})
    folder = tmp_path_factory.mktemp("sites")
    bucket = f"sites-{os.getpid()}"
    environment = {
        **os.environ,
        "KLIPING_HOME": str(folder / "home"),
        "KLIPING_BUCKET": bucket,
        "KLIPING_CONTACT": "redaksi@kliping.example",
        "AWS_ENDPOINT_URL_S3": seaweedfs.url,
        "AWS_ACCESS_KEY_ID": seaweedfs.access_key,
        "AWS_SECRET_ACCESS_KEY": seaweedfs.secret_key,
        "AWS_REGION": REGION,
    }
    process = subprocess.run(
        [sys.executable, "-m", "tests.sites.crawl", folder, *sites],
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=LONGEST,
    )
    print(process.stderr)
    assert process.returncode == 0, process.stderr[-2000:]
    rows = _articles(
        Storage(
            home=folder / "home",
            bucket=bucket,
            endpoint_url=seaweedfs.url,
            access_key_id=seaweedfs.access_key,
            secret_access_key=SecretStr(seaweedfs.secret_key),
            region=REGION,
        )
    )
    asked = json.loads((folder / "asked.json").read_text(encoding="utf-8"))
    return {
        site: Golden(
            RunReport.from_json((folder / f"{site}.json").read_text(encoding="utf-8")),
            {row["url"]: row for row in rows if row["site"] == site},
            frozenset(asked[site]),
        )
        for site in sites
    }


def _is_about_a_site(item: pytest.Item) -> bool:
    return isinstance(item, pytest.Function) and hasattr(item, "callspec") and "golden_site" in item.callspec.params


def _articles(storage: Storage) -> list[dict[str, Any]]:
    table = DeltaTable(table_uri(storage, "articles"), storage_options=storage_options(storage))
    return table.to_pyarrow_table().to_pylist()


@pytest.fixture
def expected(golden_site: str) -> Any:
    return json.loads((SITES / golden_site / "expected.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("golden_site", ALL)
def test_the_corpus_holds_the_sites_articles(golden_site: str, crawled: dict[str, Golden], expected: Any) -> None:
    golden = crawled[golden_site]
    assert sorted(golden.articles) == sorted(expected["articles"]), golden.report
    differences = [
        f"{url}: {name} should be, and is\n{_difference(value, found)}\n"
        for url, article in expected["articles"].items()
        for name, value in article.items()
        if (found := _as_stated(golden.articles[url], name)) != value
    ]
    assert not differences, "\n".join(differences)


@pytest.mark.parametrize("golden_site", ALL)
def test_every_page_ends_as_it_should(golden_site: str, crawled: dict[str, Golden], expected: Any) -> None:
    report = crawled[golden_site].report
    assert {problem.url: str(problem.outcome) for problem in report.problems} == expected.get("outcomes", {})
    assert report.finish_reason == "finished"
    assert report.failures == ()
    assert report.looked_at == len(expected["articles"]) + len(expected.get("outcomes", {}))


@pytest.mark.parametrize("golden_site", ALL)
def test_every_golden_page_is_asked_for(golden_site: str, crawled: dict[str, Golden]) -> None:
    pages = golden_pages(golden_site).items()
    unasked = [url for url, page in pages if page.kind not in NO_ARTICLE and url not in crawled[golden_site].asked]
    assert unasked == []


@pytest.mark.parametrize("site", ALL)
def test_lists_galleries_and_videos_are_no_articles(site: str) -> None:
    """Whatever announces them: the hints here leave no reason but the page itself."""
    rules = rules_of(site)
    hints = Hints(date_published=datetime(2026, 11, 20, tzinfo=UTC), fetched_at=datetime(2026, 11, 30, tzinfo=UTC))
    for url, page in golden_pages(site).items():
        if page.kind in NO_ARTICLE:
            cleaned = clean(page.body, url, site=rules, hints=hints)
            assert isinstance(cleaned, Rejection), f"{url}\n{cleaned}"


@pytest.mark.parametrize("site", ALL)
def test_what_is_expected_is_stated_in_full(site: str) -> None:
    expected = json.loads((SITES / site / "expected.json").read_text(encoding="utf-8"))
    assert expected["articles"]
    for url, article in expected["articles"].items():
        assert set(article) >= OBLIGATORY, url
        assert set(article) & WRITER, url
        assert [name for name, value in article.items() if value in (None, "", [])] == [], url


def _difference(expected: Any, found: Any) -> str:
    """Line by line what differs; all of what is found says nothing where a person has not stated it yet."""
    if not expected:
        return "(expected.json does not say yet)"
    lines = difflib.ndiff(str(expected).splitlines(), str(found).splitlines())
    return "\n".join(line for line in lines if line[0] in "-+")


def _as_stated(row: Mapping[str, Any], name: str) -> Any:
    """A field of a row as expected.json states it: times in ISO 8601, in the offset that the page stated."""
    value = row.get(name)
    return value.astimezone(_zone(row[f"{name}_offset"])).isoformat() if isinstance(value, datetime) else value


def _zone(offset: str) -> timezone:
    return timezone(timedelta(hours=int(offset[:3]), minutes=int(offset[0] + offset[4:])))

"""The whole way, from what the sites announce to what a reader of the bucket finds, on the demo's three sites."""

import io
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import boto3
import duckdb
import polars as pl
import pytest
from fastwarc.warc import ArchiveIterator, WarcRecordType

from local.seaweedfs import SeaweedFS
from tests.newsroom import SITES, Newsroom, newsroom

MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def room(seaweedfs: SeaweedFS, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    with newsroom(tmp_path_factory.mktemp("newsroom"), seaweedfs, f"test-{uuid.uuid4().hex}") as opened:
        yield opened


@pytest.fixture(scope="module")
def first(room: Newsroom) -> dict[str, dict[str, Any]]:
    """The reports of a first crawl of all three sites side by side, as Airflow runs them."""
    return room.crawl(*SITES)


@dataclass(frozen=True)
class Second:
    """A crawl of all three sites after they published and edited: its reports, and the articles before it."""

    before: dict[str, dict[str, Any]]
    reports: dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def second(room: Newsroom, first: dict[str, dict[str, Any]]) -> Second:  # noqa: ARG001 - it is the second one
    before = room.articles()
    room.publish(edition=2)
    return Second(before, room.crawl(*SITES))


def published(room: Newsroom) -> dict[str, dict[str, Any]]:
    return {article["url"]: article for site in room.truth().values() for article in site["articles"]}


def copies(room: Newsroom) -> dict[str, str]:
    """Each URL of a planted copy or its original, with the other's: which of them is first is the crawls' affair."""
    pairs = {url: article["copy_of"] for url, article in published(room).items() if article["copy_of"]}
    return pairs | {original: copy for copy, original in pairs.items()}


@pytest.mark.usefixtures("first")
class TestFirstCrawl:
    def test_every_article_is_archived_once_or_linked_as_a_copy(self, room: Newsroom) -> None:
        articles, twins, truth = room.articles(), copies(room), published(room)
        linked = {row["url"]: row["duplicate_of_url"] for row in room.rows("duplicates") if row["url"] in truth}
        assert set(truth) <= set(articles) | set(linked)
        assert not set(articles) & set(linked)
        assert linked == {url: twins[url] for url in linked}
        assert len(linked) == len(twins) // 2

    def test_copies_are_named_with_their_kind(self, room: Newsroom) -> None:
        truth = published(room)
        for row in room.rows("duplicates"):
            if row["url"] not in truth:
                continue
            stated = truth[row["url"]]["copy"] or truth[row["duplicate_of_url"]]["copy"]
            assert (row["kind"], row["similarity"] == 1.0) == (stated, stated == "exact"), row["url"]

    @pytest.mark.parametrize(
        "field", ["headline", "description", "body", "author", "dateline", "desk_code", "keywords"]
    )
    def test_fields_are_what_the_newsroom_wrote(self, room: Newsroom, field: str) -> None:
        truth = published(room)
        wrong = {
            url: (row[field], truth[url][field])
            for url, row in room.articles().items()
            if url in truth and (row[field] or None) != (truth[url][field] or None)
        }
        assert wrong == {}

    @pytest.mark.parametrize("field", ["date_published", "date_modified"])
    def test_times_are_right_to_the_minute(self, room: Newsroom, field: str) -> None:
        truth = published(room)
        for url, row in room.articles().items():
            if url in truth and truth[url][field]:
                assert abs(row[field] - datetime.fromisoformat(truth[url][field])) < MINUTE, url
                assert row[f"{field}_offset"] is not None

    def test_no_planted_residue_reaches_a_reader(self, room: Newsroom) -> None:
        planted = {site: data["planted"] for site, data in room.truth().items()}
        bodies = [(row["site"], row["url"], row["body"]) for row in room.articles().values()]
        assert [(url, words) for site, url, body in bodies for words in planted[site] if words in body] == []

    def test_articles_over_several_pages_are_whole(self, room: Newsroom) -> None:
        rows, truth = room.articles(), published(room)
        long = [url for url, article in truth.items() if article["pages"] > 1]
        assert long
        assert all(rows[url]["pages_missing"] == 0 for url in long if url in rows)

    def test_what_is_no_article_ends_as_it_should(self, room: Newsroom, first: dict[str, dict[str, Any]]) -> None:
        rejected = {row["url"] for row in room.rows("rejected")}
        for site, data in room.truth().items():
            ended = {problem["url"]: problem["outcome"] for problem in first[site]["problems"]}
            for page in data["non_articles"]:
                outcome = ended.get(page["url"], "archived")
                assert outcome in page["outcomes"], page["url"]
                assert (page["url"] in rejected) == (outcome == "rejected"), page["url"]

    def test_outcomes_add_up(self, first: dict[str, dict[str, Any]]) -> None:
        for report in first.values():
            assert report["failures"] == []
            assert sum(report["outcomes"].values()) == report["looked_at"] == report["announced"] > 0

    def test_a_row_leads_to_the_bytes_it_came_from(self, room: Newsroom) -> None:
        environment = room.environment
        s3 = boto3.client(
            "s3",
            endpoint_url=environment["AWS_ENDPOINT_URL"],
            aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
            region_name=environment["AWS_REGION"],
        )
        for row in list(room.articles().values())[::10]:
            for page in row["pages"]:
                first, length = page["warc_record_offset"], page["warc_record_length"]
                bytes_ = f"bytes={first}-{first + length - 1}"
                part = s3.get_object(Bucket=environment["KLIPING_BUCKET"], Key=page["warc_filename"], Range=bytes_)
                (record,) = ArchiveIterator(io.BytesIO(part["Body"].read()), parse_http=True)
                assert record.record_type is WarcRecordType.response
                assert record.headers["WARC-Target-URI"] == page["url"]
                assert record.http_headers.status_code == 200

    def test_polars_and_duckdb_read_the_same_corpus(self, room: Newsroom) -> None:
        table = room.table("articles")
        by_site = Counter(row["site"] for row in room.articles().values())
        frame = pl.read_delta(table.table_uri, storage_options=table._storage_options)
        assert dict(frame.group_by("site").len().iter_rows()) == by_site
        with duckdb.connect() as connection:
            connection.register("articles", table.to_pyarrow_dataset())
            rows = connection.execute("select site, count(*) from articles group by site").fetchall()
        assert dict(rows) == by_site


@pytest.mark.usefixtures("first")
class TestLaterCrawls:
    def test_without_news_no_article_is_downloaded_and_nothing_changes(self, room: Newsroom) -> None:
        names = ("articles", "revisions", "duplicates", "rejected")
        before = {name: room.table(name).version() for name in names}
        room.forget_log()
        reports = room.crawl(*SITES)
        articles = {url.partition(".localhost")[2].partition("/")[2] for url in published(room)}
        asked = {request["path"].lstrip("/").partition("?")[0] for request in room.log()["requests"]}
        assert asked & articles == set()
        assert {site: report["looked_at"] for site, report in reports.items()} == dict.fromkeys(SITES, 0)
        assert {name: room.table(name).version() for name in names} == before

    def test_edits_become_revisions_and_new_articles_arrive_and_nothing_else(
        self, room: Newsroom, second: Second
    ) -> None:
        before, reports, truth = second.before, second.reports, published(room)
        new = {url for url, article in truth.items() if article["edition"] == 2}
        edited = {url for url, article in truth.items() if article["edited"]}
        after = room.articles()
        assert set(after) - set(before) == new
        assert {url for url in before if after[url]["revision"] == 2} == edited
        assert sum(report["outcomes"].get("archived", 0) for report in reports.values()) == len(new)
        assert sum(report["outcomes"].get("revised", 0) for report in reports.values()) == len(edited)
        assert all(after[url]["body"] == truth[url]["body"] for url in new | edited)

    @pytest.mark.usefixtures("second")
    def test_the_earlier_text_of_an_edited_article_is_kept(self, room: Newsroom) -> None:
        current = room.articles()
        for row in room.rows("revisions"):
            now = current[row["url"]]
            assert (row["revision"], now["revision"]) == (1, 2)
            assert row["article_id"] == now["article_id"]
            assert row["body"] != now["body"]

"""Learned residue from end to end: a crawl drops it, developers see it, it is forgotten, and the text comes back."""

import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from local.seaweedfs import REGION, SeaweedFS
from pipelines.archive.rows import published_month
from pipelines.archive.schema import RESIDUE
from pipelines.archive.tables import Corpus
from settings.storage import Storage
from tests.newsroom import Newsroom, newsroom

SITE = "majalahsirkuit"


@pytest.fixture(scope="module")
def room(seaweedfs: SeaweedFS, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    folder = tmp_path_factory.mktemp("newsroom")
    with newsroom(folder, seaweedfs, f"test-{uuid.uuid4().hex}", faults=False) as opened:
        yield opened


@pytest.fixture(scope="module")
def storage(room: Newsroom, seaweedfs: SeaweedFS) -> Storage:
    """The newsroom's storage, as this process sees it."""
    return Storage(
        home=room.folder / "home",
        bucket=room.environment["KLIPING_BUCKET"],
        endpoint_url=seaweedfs.url,
        access_key_id=seaweedfs.access_key,
        secret_access_key=SecretStr(seaweedfs.secret_key),
        session_token=None,
        region=REGION,
        index_url=None,
    )


@pytest.fixture(scope="module")
def article(room: Newsroom) -> dict[str, Any]:
    """An article of the demo web, of which one line is taken for residue."""
    return next(a for a in room.truth()[SITE]["articles"] if a["pages"] == 1 and not a["copy_of"] and a["edition"] == 1)


def command(room: Newsroom, *arguments: str) -> tuple[str, dict[str, Any]]:
    """What a command prints, and the report that it leaves."""
    report = room.folder / "command.json"
    report.unlink(missing_ok=True)
    process = room.start(arguments[0], *arguments[1:], REPORT_FILE=report)
    printed = process.communicate(timeout=120)[0]
    assert process.returncode == 0, printed
    return printed, json.loads(report.read_text(encoding="utf-8")) if report.exists() else {}


def look_at(room: Newsroom, url: str, report: Path) -> dict[str, Any]:
    crawl = room.start("crawl", SITE, "-a", f"url={url}", REPORT_FILE=report)
    printed = crawl.communicate(timeout=120)[0]
    assert report.exists(), printed
    outcomes: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))["outcomes"]
    return {outcome: count for outcome, count in outcomes.items() if count}


def test_the_life_of_a_learned_line(room: Newsroom, storage: Storage, article: dict[str, Any], tmp_path: Path) -> None:
    url, line = article["url"], article["body"].split("\n")[1]
    published = datetime.fromisoformat(article["date_published"]).astimezone(UTC)
    month = published_month(published)
    assert look_at(room, url, tmp_path / "first.json") == {"archived": 1}
    Corpus(storage).replace_site(RESIDUE, SITE, [learned(line, published)])

    printed, report = command(room, "reextract", SITE, "--month", month, "--dry-run")
    assert f"{SITE}, {month}: 1 of 1 articles (100 %) come out differently" in report["summary"]
    assert report["failures"] == []
    assert f"- {line[:40]}" in printed
    assert line in room.articles()[url]["body"]

    _, report = command(room, "reextract", SITE, "--month", month)
    assert [found["changed"] for found in report["months"]] == [1]
    cleaned = room.articles()[url]
    assert line not in cleaned["body"]
    assert cleaned["repeated_lines"] == [line]
    assert "learned" in cleaned["rules_fired"]
    assert look_at(room, url, tmp_path / "second.json") == {"unchanged": 1}  # the crawl drops the line as well

    printed, _ = command(room, "residue", SITE)
    assert line.split()[0] in printed

    _, report = command(room, "learn", SITE)
    [lesson] = report["sites"]
    assert (lesson["forgotten"], lesson["outdated_months"]) == ([line], [month])

    _, report = command(room, "reextract", SITE)
    assert sum(found["changed"] for found in report["months"]) == 1
    restored = room.articles()[url]
    assert restored["body"] == article["body"]
    assert restored["revision"] == 1
    assert [row["replaced_by"] for row in room.rows("revisions")] == ["reextraction"] * 2


def learned(line: str, published: datetime) -> dict[str, Any]:
    """A row of the table of learned lines."""
    return {
        "site": SITE,
        "line": line,
        "place": "anywhere",
        "articles": 30,
        "share": 0.5,
        "days": 9,
        "window": "2026-Q4",
        "first_seen": published,
        "last_seen": published,
        "examples": ["0" * 32],
        "learned_at": published + timedelta(days=1),
    }

"""Verification: each way in which an archive is damaged is found, told, and repaired as far as can be."""

import json
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from deltalake import DeltaTable, write_deltalake

from pipelines.archive.bucket import Bucket
from pipelines.archive.maintenance.maintain import maintain_part
from pipelines.archive.maintenance.options import Part
from pipelines.archive.rebuild_index import rebuild
from pipelines.archive.site_lock import SiteBusy
from pipelines.archive.table_location import storage_options, table_uri
from pipelines.archive.verification.findings import Kind, Verification
from pipelines.archive.verification.scope import sites_in
from pipelines.archive.verification.verify import verify
from pipelines.index.database import Index, IndexUpdate, RevisitSchedule, Status, UrlRecord
from pipelines.index.fingerprints import article_id
from pipelines.visit import Outcome
from settings.clock import utc_now
from settings.storage import Storage
from tests.archive.invented import CRAWL, NOON, exchange, finish, look_at, open_run, reject, rows, run_program, text

SITE = "kabarteknik"
A, B, C, D, E = (f"http://{SITE}.example/{slug}" for slug in ("satu", "dua", "tiga", "empat", "lima"))
Damage = Callable[[Storage], None]


@pytest.fixture
def archive(storage: Storage) -> Storage:
    """Two articles, one with a revision, a copy and a rejected page, by three runs."""
    run = open_run(storage, run_id="20261124T050000Z")
    look_at(run, A, text(1))
    look_at(run, B, text(2))
    look_at(run, C, text(1))
    reject(run, D)
    finish(run)
    run = open_run(storage, run_id="20261124T120000Z")
    look_at(run, A, text(3), at=NOON + timedelta(hours=7))
    finish(run)
    run = open_run(storage, run_id="20261125T120000Z")
    look_at(run, E, text(4), at=NOON + timedelta(hours=31))
    finish(run)
    return storage


def keys(storage: Storage, pattern: str) -> list[str]:
    return [key for key in Bucket(storage).list("") if re.search(pattern, key)]


def delete(storage: Storage, *chosen: str) -> None:
    assert chosen
    for key in chosen:
        Bucket(storage).remove(key)


def flip(storage: Storage, key: str, at: float) -> None:
    """Flip a bit at that share of the object, under the user metadata that the object had."""
    bucket = Bucket(storage)
    content = bytearray(bucket.get(key))
    content[int(len(content) * at)] ^= 0x10
    noted = bucket._client.head_object(Bucket=bucket.name, Key=key)["Metadata"]
    bucket._client.put_object(Bucket=bucket.name, Key=key, Body=bytes(content), Metadata=noted)


def in_index(storage: Storage, *statements: str) -> None:
    engine = sa.create_engine(storage.index)
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


def kinds(found: Verification) -> set[Kind]:
    return set(found.found)


def in_parts(storage: Storage) -> dict[str, Verification]:
    """What each part of a whole verification finds, by the site, or by 'shared'."""
    with Index.open(storage.index) as index:
        sites = sites_in(Bucket(storage), index)
    return {"shared": verify(storage, shared=True)} | {site: verify(storage, sites=[site]) for site in sites}


def places(*found: Verification) -> set[tuple[Kind, str]]:
    return {(finding.kind, finding.where) for each in found for finding in each.findings}


def first_warc(storage: Storage) -> str:
    return keys(storage, r"warc/.*\.warc\.gz$")[0]


def articles_file(storage: Storage) -> str:
    """The data file of `articles` in its newest version."""
    table = DeltaTable(table_uri(storage, "articles"), storage_options=storage_options(storage))
    return sorted(uri.partition(f"{storage.bucket}/")[2] for uri in table.file_uris())[0]


def log_entries(storage: Storage, table: str) -> list[str]:
    return keys(storage, rf"tables/{table}/_delta_log/\d+\.json$")


def forget_what_is_known(storage: Storage) -> None:
    with sa.create_engine(storage.index).begin() as connection:
        for table in ("seen", "addresses"):
            connection.exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608 - a name of ours


class TestAWholeArchive:
    def test_is_good_and_every_part_of_it_was_looked_at(self, archive: Storage) -> None:
        found = verify(archive)
        assert (found.findings, found.failure) == ([], "")
        assert found.checked["rows"] == 3 + 1 + 1
        assert found.checked["pages"] == 3 + 1 + 1 + 1  # with the revision
        assert found.checked["WARC files"] == 3
        assert found.checked["index entries"] == 3 + 1
        assert "all is well" in found.summary

    @pytest.mark.parametrize("scope", [{"sample": 3}, {"sites": [SITE]}, {"month": "2026-11"}, {"sites": ["lain"]}])
    def test_is_good_in_part(self, archive: Storage, scope: dict[str, object]) -> None:
        assert verify(archive, **scope).findings == []  # type: ignore[arg-type]

    @pytest.mark.parametrize("damage", [lambda _: None, forget_what_is_known], ids=["whole", "without its index"])
    def test_may_hold_articles_and_copies_that_have_moved(self, archive: Storage, damage: Damage) -> None:
        run = open_run(archive, run_id="20261126T120000Z")
        for old, body in ((B, text(2)), (C, text(1))):
            look_at(run, f"{old}-baru", body, announced_as=old, at=NOON + timedelta(days=2))
        finish(run)
        damage(archive)
        verify(archive, repair=True)
        assert verify(archive).findings == []
        with Index.open(archive.index) as index:
            assert {record.url for record in index.seen([B, f"{B}-baru"]).values()} == {f"{B}-baru"}

    def test_stays_as_it_is_in_repair(self, archive: Storage) -> None:
        before = {key: Bucket(archive).get(key) for key in Bucket(archive).list("")}
        assert verify(archive, repair=True).findings == []
        assert {key: Bucket(archive).get(key) for key in Bucket(archive).list("")} == before

    def test_may_be_empty(self, storage: Storage) -> None:
        finish(open_run(storage))
        assert verify(storage).findings == []

    def test_is_good_after_its_index_was_rebuilt_and_without_checkpointed_entries(self, archive: Storage) -> None:
        rebuild(archive, CRAWL.revisit_intervals, timedelta(days=30))
        table = DeltaTable(table_uri(archive, "articles"), storage_options=storage_options(archive))
        table.create_checkpoint()
        delete(archive, *log_entries(archive, "articles")[:2])
        assert verify(archive).findings == []


def lose_a_file_without_rows(storage: Storage) -> None:
    run = open_run(storage, run_id="20261126T120000Z")
    run.capture(exchange(f"http://{SITE}.example/feed"))
    finish(run, "shutdown")  # one that came to its own end with nothing keeps nothing
    delete(storage, *keys(storage, r"20261126T120000Z-001"))


def cut(storage: Storage, key: str) -> None:
    content = Bucket(storage).get(key)
    Bucket(storage).replace(key, content[: len(content) // 2], "application/octet-stream")


def exchange_objects(storage: Storage, one: str, other: str) -> None:
    bucket = Bucket(storage)
    first, second = bucket.get(one), bucket.get(other)
    bucket.replace(one, second, "application/octet-stream")
    bucket.replace(other, first, "application/octet-stream")


def claim_to_be_archived(storage: Storage, url: str) -> None:
    with Index.open(storage.index) as index:
        index.commit([IndexUpdate(UrlRecord(url, article_id(url), SITE, Status.ARCHIVED, NOON, NOON))])


def double(storage: Storage) -> None:
    table = DeltaTable(table_uri(storage, "articles"), storage_options=storage_options(storage))
    write_deltalake(table, table.to_pyarrow_table(), mode="append")


def change_a_body(storage: Storage) -> None:
    table = DeltaTable(table_uri(storage, "articles"), storage_options=storage_options(storage))
    table.update(new_values={"body": "Isi lain."}, predicate=f"url = '{B}'")


DAMAGES: dict[str, tuple[Damage, set[Kind]]] = {
    "a WARC file is gone": (lambda s: delete(s, first_warc(s)), {Kind.WARC_MISSING}),
    "a WARC file that no row points to is gone": (lose_a_file_without_rows, {Kind.WARC_MISSING}),
    "a bit of a WARC file has flipped": (
        lambda s: flip(s, first_warc(s), 0.4),
        {Kind.WARC_DAMAGED, Kind.RECORD_DAMAGED},
    ),
    "a WARC file is cut": (
        lambda s: cut(s, first_warc(s)),
        {Kind.WARC_DAMAGED, Kind.RECORD_MISSING, Kind.RECORD_DAMAGED, Kind.CDXJ_WRONG},
    ),
    "two WARC files are exchanged": (
        lambda s: exchange_objects(s, *keys(s, r"warc/.*\.warc\.gz$")[:2]),
        {Kind.RECORD_DAMAGED, Kind.RECORD_MISSING, Kind.CDXJ_WRONG},
    ),
    "a CDXJ is gone": (lambda s: delete(s, keys(s, r"\.cdxj$")[0]), {Kind.CDXJ_WRONG}),
    "a CDXJ is another file's": (
        lambda s: exchange_objects(s, *keys(s, r"\.cdxj$")[:2]),
        {Kind.CDXJ_WRONG},
    ),
    "a data file is gone": (
        lambda s: delete(s, articles_file(s)),
        {Kind.DATA_FILE_MISSING, Kind.LOST_ROW},
    ),
    "a data file is cut": (
        lambda s: cut(s, articles_file(s)),
        {Kind.DATA_FILE_DAMAGED, Kind.LOST_ROW},
    ),
    "the footer of a data file is damaged": (
        lambda s: flip(s, articles_file(s), 1 - 1e-9),
        {Kind.DATA_FILE_DAMAGED, Kind.LOST_ROW},
    ),
    "the newest log entry is gone": (
        lambda s: delete(s, log_entries(s, "articles")[-1]),
        {Kind.ROLLED_BACK, Kind.LOST_ROW},
    ),
    "the log entry of a revision is gone with those after it": (
        lambda s: delete(s, *log_entries(s, "articles")[-2:]),
        {Kind.ROLLED_BACK, Kind.LOST_ROW, Kind.LOST_REVISION},
    ),
    "a log entry in the middle is gone": (
        lambda s: delete(s, log_entries(s, "articles")[1]),
        {Kind.LOG_DAMAGED, Kind.TABLE_UNREADABLE},
    ),
    "a log entry is no JSON": (
        lambda s: Bucket(s).replace(log_entries(s, "articles")[1], b'{"add":{"path', "text/plain"),
        {Kind.LOG_DAMAGED, Kind.TABLE_UNREADABLE},
    ),
    "a log entry is empty": (
        lambda s: Bucket(s).put_marker(log_entries(s, "articles")[1]),
        {Kind.LOG_DAMAGED},
    ),
    "a table is gone": (
        lambda s: delete(s, *keys(s, "tables/duplicates/")),
        {Kind.ROLLED_BACK, Kind.TABLE_MISSING, Kind.LOST_ROW},
    ),
    "index entries are gone": (
        lambda s: in_index(s, "DELETE FROM seen"),
        {Kind.NOT_IN_INDEX},
    ),
    "texts in the index are gone": (
        lambda s: in_index(s, "UPDATE seen SET published_at = NULL"),
        {Kind.INDEX_DIFFERS},
    ),
    "the index has another text": (
        lambda s: in_index(s, "UPDATE seen SET headline_key = x'00' WHERE revision = 2"),
        {Kind.INDEX_DIFFERS},
    ),
    "the index knows a later revision": (
        lambda s: in_index(s, "UPDATE seen SET revision = 3 WHERE revision = 2"),
        {Kind.LOST_REVISION},
    ),
    "the index knows an article that is nowhere": (lambda s: claim_to_be_archived(s, D + "/x"), {Kind.LOST_ROW}),
    "the index has a text of no article": (
        lambda s: in_index(
            s, "UPDATE seen SET published_at = 0 WHERE published_at IS NULL AND text_sha256 IS NOT NULL"
        ),
        {Kind.TEXT_WITHOUT_ARTICLE},
    ),
    "a row stands twice": (lambda s: double(s), {Kind.KEY_TWICE}),
    "a body was changed past Kliping": (lambda s: change_a_body(s), {Kind.ROW_DAMAGED, Kind.INDEX_DIFFERS}),
}


@pytest.mark.parametrize(("damage", "expected"), DAMAGES.values(), ids=DAMAGES)
def test_damage_is_found_and_nothing_is_changed_by_looking(
    archive: Storage, damage: Damage, expected: set[Kind]
) -> None:
    damage(archive)
    before = {key: Bucket(archive).get(key) for key in Bucket(archive).list("")}
    found = verify(archive)
    assert kinds(found) <= expected
    assert kinds(found) & expected, found.findings
    assert found.failure
    assert "\n" not in found.failure
    assert not found.repaired.total()
    assert places(*in_parts(archive).values()) == places(found)
    assert {key: Bucket(archive).get(key) for key in Bucket(archive).list("")} == before


BEYOND_REPAIR = {
    "a WARC file is gone",
    "a WARC file that no row points to is gone",
    "a bit of a WARC file has flipped",
    "a WARC file is cut",
    "two WARC files are exchanged",
    "a log entry in the middle is gone",
    "a log entry is no JSON",
    "a log entry is empty",
    "a row stands twice",
    "a body was changed past Kliping",
}


@pytest.mark.parametrize("name", DAMAGES.keys() - BEYOND_REPAIR)
def test_what_can_be_repaired_is_good_afterwards_and_what_was_lost_is_fetched_again(
    archive: Storage, name: str
) -> None:
    DAMAGES[name][0](archive)
    repaired = verify(archive, repair=True)
    assert repaired.found
    assert (repaired.failure, repaired.is_good) == ("", True), repaired.findings
    assert verify(archive).findings == []

    run = open_run(archive)
    later = utc_now() + timedelta(hours=2)
    with Index.open(archive.index) as index:
        ladders = RevisitSchedule(CRAWL.revisit_intervals, CRAWL.retry_intervals)
        due = {seen.url for seen in index.due(SITE, later, ladders)}
        missing = {A, B, E} - {row["url"] for row in rows(archive, "articles")}
    assert missing <= due
    for url, seed, hours in ((A, 3, 7), (B, 2, 0), (E, 4, 31)):
        look_at(run, url, text(seed), at=later + timedelta(hours=hours))
    finish(run)
    assert {row["url"]: row["body"] for row in rows(archive, "articles")} == {A: text(3), B: text(2), E: text(4)}
    assert verify(archive).findings == []


@pytest.mark.parametrize("name", sorted(BEYOND_REPAIR))
def test_what_cannot_be_repaired_is_told_again(archive: Storage, name: str) -> None:
    DAMAGES[name][0](archive)
    verify(archive, repair=True)
    assert verify(archive).failure


def test_a_page_whose_bytes_are_lost_is_kept_in_full_when_it_is_next_looked_at(archive: Storage) -> None:
    delete(archive, *keys(archive, r"20261125T120000Z-001\.warc\.gz$"))
    verify(archive, repair=True)
    run = open_run(archive)
    again = look_at(run, E, text(4), at=NOON + timedelta(hours=40))
    finish(run)
    assert (again.outcome, again.pages[0].capture.unchanged) == (Outcome.UNCHANGED, False)


def test_a_damaged_checkpoint_goes_where_the_log_is_whole_without_it(archive: Storage) -> None:
    table = DeltaTable(table_uri(archive, "articles"), storage_options=storage_options(archive))
    table.create_checkpoint()
    [checkpoint] = keys(archive, r"articles/_delta_log/.*checkpoint\.parquet$")
    cut(archive, checkpoint)
    assert Kind.CHECKPOINT_DAMAGED in kinds(verify(archive))
    verify(archive, repair=True)
    assert verify(archive).findings == []
    assert len(rows(archive, "articles")) == 3


@pytest.mark.parametrize("damage", ["another bucket", "an emptied bucket"])
def test_against_another_bucket_nothing_is_compared_and_nothing_repaired(archive: Storage, damage: str) -> None:
    other = archive
    if damage == "another bucket":
        other = archive.model_copy(update={"bucket": f"{archive.bucket}-lain", "home": archive.home / "lain"})
        finish(open_run(other))
        other = other.model_copy(update={"home": archive.home})
    else:
        delete(archive, *keys(archive, ""))
    found = verify(other, repair=True)
    assert kinds(found) == {Kind.WRONG_BUCKET}
    assert "kliping rebuild-index" in found.failure
    with Index.open(archive.index) as index:
        assert {entry.status for entry in index.seen([A, B, E]).values()} == {Status.ARCHIVED}


def test_a_sample_finds_what_is_widely_damaged(archive: Storage) -> None:
    for key in keys(archive, r"warc/.*\.warc\.gz$"):
        flip(archive, key, 0.5)
    assert Kind.RECORD_DAMAGED in kinds(verify(archive, sample=50))
    in_index(archive, "DELETE FROM seen")
    assert Kind.NOT_IN_INDEX in kinds(verify(archive, sample=50))
    delete(archive, articles_file(archive))
    assert Kind.DATA_FILE_MISSING in kinds(verify(archive, sample=1))


def test_foreign_objects_and_files_of_earlier_versions_are_told_and_are_no_damage(archive: Storage) -> None:
    Bucket(archive).put_marker("foto/kucing.jpg")
    Bucket(archive).put_marker("warc/catatan.txt")
    found = verify(archive)
    assert found.findings == []
    assert any("foto/" in note for note in found.notes)
    assert any("warc/catatan.txt" in note for note in found.notes)
    assert any("earlier versions" in note for note in found.notes)


OTHER = "wartagawai"


@pytest.fixture
def archive_of_two(archive: Storage) -> Storage:
    """The same, with an article of another site."""
    run = open_run(archive, OTHER, run_id="20261126T050000Z")
    look_at(run, f"http://{OTHER}.example/satu", text(7), at=NOON + timedelta(days=2))
    finish(run)
    return archive


def have_two_sites_claim_a_url(storage: Storage) -> None:
    table = DeltaTable(table_uri(storage, "articles"), storage_options=storage_options(storage))
    found = table.to_pyarrow_table(filters=[("site", "=", OTHER)])
    claimed = found.set_column(found.schema.get_field_index("url"), "url", [[A]])
    write_deltalake(table, claimed, mode="append")


def damage_the_index_of_a_month(storage: Storage) -> None:
    maintain_part(storage, Part.CDXJ)
    Bucket(storage).replace(keys(storage, rf"^cdxj/{OTHER}-.*\.cdxj$")[0], b"", "text/x-cdxj")


def write_a_run_without_files(storage: Storage) -> None:
    table = DeltaTable(table_uri(storage, "runs"), storage_options=storage_options(storage))
    found = table.to_pyarrow_table(filters=[("site", "=", OTHER)])
    write_deltalake(
        table, found.set_column(found.schema.get_field_index("run"), "run", [["20261126T060000Z"]]), mode="append"
    )


def know_a_site_that_the_bucket_lacks(storage: Storage) -> None:
    url = "http://hilang.example/satu"
    with Index.open(storage.index) as index:
        index.commit([IndexUpdate(UrlRecord(url, article_id(url), "hilang", Status.ARCHIVED, NOON, NOON))])


class TestInParts:
    """Each site by itself, and what is shared, are the whole: for as many processes at once as there are parts."""

    def test_all_parts_of_a_good_archive_are_good_and_nothing_is_left_out(self, archive_of_two: Storage) -> None:
        parts = in_parts(archive_of_two)
        assert list(parts) == ["shared", SITE, OTHER]
        assert [part.findings for part in parts.values()] == [[], [], []]
        whole = verify(archive_of_two)
        looked_at = ("rows", "index entries", "WARC files", "WARC records", "pages", "looks", "texts in the index")
        together = Verification.summed(json.loads(part.to_json()) for part in parts.values())
        for what in (*looked_at, "data files"):
            assert together.checked[what] == whole.checked[what] > 0, what
        assert parts["shared"].checked["log entries"] == whole.checked["log entries"]

    @pytest.mark.parametrize(
        ("damage", "teller", "kind"),
        [
            (lambda s: delete(s, *keys(s, rf"warc/{OTHER}/.*\.cdxj$")), OTHER, Kind.CDXJ_WRONG),
            (lambda s: delete(s, *keys(s, rf"articles/site={OTHER}/.*\.parquet$")), OTHER, Kind.DATA_FILE_MISSING),
            (lambda s: cut(s, keys(s, rf"visits/site={OTHER}/.*\.parquet$")[0]), OTHER, Kind.DATA_FILE_DAMAGED),
            (lambda s: flip(s, keys(s, rf"articles/site={OTHER}/.*\.parquet$")[0], 1 - 1e-9), OTHER, Kind.LOST_ROW),
            (damage_the_index_of_a_month, OTHER, Kind.CDXJ_WRONG),
            (write_a_run_without_files, OTHER, Kind.WARC_MISSING),
            (know_a_site_that_the_bucket_lacks, "hilang", Kind.LOST_ROW),
            (have_two_sites_claim_a_url, "shared", Kind.KEY_TWICE),
            (lambda s: cut(s, keys(s, r"tables/runs/part-.*\.parquet$")[0]), "shared", Kind.DATA_FILE_DAMAGED),
            (lambda s: Bucket(s).put_marker(log_entries(s, "visits")[1]), "shared", Kind.LOG_DAMAGED),
            (DAMAGES["the index has a text of no article"][0], "shared", Kind.TEXT_WITHOUT_ARTICLE),
        ],
        ids=[
            *("a CDXJ of a site", "data files of a site", "looks of a site", "content of a site's data file"),
            *(
                "an index of a month",
                "a run of a site",
                "a site that only the index knows",
                "a URL of two sites",
                "runs of all sites",
            ),
            *("a log entry", "a text of no article"),
        ],
    )
    def test_a_fault_is_told_by_the_part_that_it_belongs_to(
        self, archive_of_two: Storage, damage: Damage, teller: str, kind: Kind
    ) -> None:
        damage(archive_of_two)
        parts = in_parts(archive_of_two)
        assert [name for name, found in parts.items() if kind in kinds(found)] == [teller]
        assert places(*parts.values()) == places(verify(archive_of_two))

    def test_what_a_fault_elsewhere_kept_from_being_compared_is_noted(self, archive_of_two: Storage) -> None:
        cut(archive_of_two, keys(archive_of_two, rf"articles/site={OTHER}/.*\.parquet$")[0])
        delete(archive_of_two, *keys(archive_of_two, rf"duplicates/site={SITE}/.*\.parquet$"))
        shared = verify(archive_of_two, shared=True)
        assert shared.findings == []
        assert any("texts of all sites were not compared" in note for note in shared.notes)

    def test_keys_that_are_nobody_s_are_noted_by_what_is_shared(self, archive_of_two: Storage) -> None:
        Bucket(archive_of_two).put_marker("warc/catatan.txt")
        Bucket(archive_of_two).put_marker("foto/kucing.jpg")
        parts = in_parts(archive_of_two)
        noted = {name for name, found in parts.items() for note in found.notes if "nothing that Kliping" in note}
        assert noted == {"shared"}

    def test_a_site_is_repaired_without_what_belongs_to_the_others(self, archive_of_two: Storage) -> None:
        in_index(archive_of_two, "DELETE FROM seen")
        assert verify(archive_of_two, sites=[OTHER], repair=True).repaired[Kind.NOT_IN_INDEX] == 1
        assert verify(archive_of_two, sites=[OTHER]).findings == []
        assert Kind.NOT_IN_INDEX in kinds(verify(archive_of_two, sites=[SITE]))

    def test_a_table_that_was_rolled_back_is_not_accepted_for_one_site(self, archive_of_two: Storage) -> None:
        delete(archive_of_two, log_entries(archive_of_two, "articles")[-1])
        assert Kind.ROLLED_BACK in kinds(verify(archive_of_two, sites=[SITE], repair=True))
        assert Kind.ROLLED_BACK in kinds(verify(archive_of_two))


def test_repair_waits_for_no_crawl_and_meddles_with_none(archive: Storage) -> None:
    run = open_run(archive)
    with pytest.raises(SiteBusy):
        verify(archive, repair=True)
    assert verify(archive).findings == []
    finish(run)


class TestTheCommands:
    """`kliping verify` and `scrapy verify`."""

    def test_say_that_all_is_well(self, archive: Storage) -> None:
        for program in ("local", "scrapy"):
            done = run_program(archive, program, "verify")
            assert done.returncode == 0, done.stderr
            assert done.stdout.endswith(": all is well.\n")

    def test_end_with_one_sentence_and_a_code_of_their_own_where_something_is_wrong(self, archive: Storage) -> None:
        delete(archive, keys(archive, r"\.cdxj$")[0])
        for program in ("local", "scrapy"):
            done = run_program(archive, program, "verify", "--json")
            assert done.returncode == 1
            assert json.loads(done.stdout)["found"] == {"cdxj_wrong": 1}
            last = done.stderr.splitlines()[-1]
            assert last.startswith("Kliping: the archive is damaged: 1 CDXJ file(s) missing or wrong, first warc/")
        repaired = run_program(archive, "local", "verify", "--repair")
        assert (repaired.returncode, "1 of 1 repaired" in repaired.stdout) == (0, True)
        assert run_program(archive, "local", "verify").returncode == 0

    @pytest.mark.parametrize(
        "options",
        [
            ["--month", "2026-13"],
            ["--sample", "0"],
            ["--sample", "banyak"],
            ["--shared", SITE],
            ["--shared", "--repair"],
        ],
    )
    def test_refuse_wrong_options(self, storage: Storage, options: list[str]) -> None:
        for program in ("local", "scrapy"):
            assert run_program(storage, program, "verify", *options).returncode == 2


def test_the_report_is_json_with_a_summary_and_failures(archive: Storage) -> None:
    delete(archive, first_warc(archive))
    report = json.loads(verify(archive).to_json())
    assert report["found"] == {"warc_missing": 1}
    assert report["findings"][0]["where"].startswith("warc/kabarteknik/2026/11/24/")
    assert len(report["failures"]) == 1

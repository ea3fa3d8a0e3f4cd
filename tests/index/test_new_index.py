"""A new index in the making beside the old one, on SQLite and on PostgreSQL, its parts written by several processes."""

import multiprocessing
import signal
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from multiprocessing.synchronize import Event

import pytest
import sqlalchemy as sa

from local.postgresql import PostgreSQL
from pipelines.index.copies import MAX_TEXTS_PER_KEY
from pipelines.index.database import Index, IndexUnavailable, IndexUpdate, Status, TextFingerprint, UrlRecord
from pipelines.index.fingerprints import article_id
from pipelines.index.new_index import NewIndex
from tests.index.contents import contents
from tests.index.notices import quake

NOON = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
DAY = timedelta(days=1)
LONG_AGO = NOON - 400 * DAY
RECENT = NOON - 90 * DAY
MONTH = timedelta(days=30)
SITES = ("siartekno", "kabargawai", "kilasdigital", "suratkabar")
SPAWN = multiprocessing.get_context("spawn")


def url(site: str, slug: str) -> str:
    return f"https://{site}.example/{slug}"


def update(site: str, slug: str, status: Status = Status.ARCHIVED, *, at: datetime = NOON) -> IndexUpdate:
    record = UrlRecord(url(site, slug), article_id(url(site, slug)), site, status, at, at, headline=f"Judul {slug}")
    return IndexUpdate(record)


def article(site: str, slug: str, body: str, *, at: datetime = NOON, identity: str | None = None) -> IndexUpdate:
    text = TextFingerprint.from_body(
        url(site, slug), site=site, run="run1", body=body, published_at=at, identity=identity
    )
    seen = replace(update(site, slug, at=at).seen, article_id=text.article_id, text_sha256=text.text_sha256)
    return IndexUpdate(seen, text)


def told_of(site: str) -> list[IndexUpdate]:
    """Some hundred articles, copies, refused pages and old articles of a site, one that has moved among them."""
    number = SITES.index(site)
    return [
        *(update(site, f"galeri-{n}", Status.REJECTED, at=NOON - n * DAY) for n in range(300)),
        *(update(site, f"salinan-{n}", Status.DUPLICATE) for n in range(50)),
        *(article(site, f"lama-{n}", f"Teks {n} dari {site}.", at=LONG_AGO) for n in range(400)),
        *(article(site, f"gempa-{n}", quake(number * 100 + n)) for n in range(20)),
        article(site, "pindah", f"Artikel {site} ini pindah.", identity=article_id(url(site, "asal"))),
        article(site, "galeri-7", f"Artikel {site} yang dulu galeri."),
    ]


def write(index_url: str, part: str, sites: Sequence[str]) -> None:
    updates = (update for site in sites for update in told_of(site))
    NewIndex(index_url).write_part(part, updates, RECENT, lambda: f"{len(sites)} sites")


def make_anew(index_url: str, *parts: Sequence[IndexUpdate]) -> None:
    new = NewIndex(index_url)
    new.begin("a plan")
    names = [str(number) for number in range(len(parts))]
    for name, updates in zip(names, parts, strict=True):
        new.write_part(name, updates, RECENT, lambda: "")
    new.put_in_place(names, RECENT)
    new.give_up()


@pytest.mark.slow
def test_parts_that_processes_write_at_once_make_the_index_that_one_part_makes(index_url: str) -> None:
    make_anew(index_url, [update for site in SITES for update in told_of(site)])
    alone = contents(index_url)
    new = NewIndex(index_url)
    new.begin("a plan")
    writers = [SPAWN.Process(target=write, args=(index_url, site, [site])) for site in SITES]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0] * len(SITES)
    new.put_in_place(SITES, RECENT)
    new.give_up()

    assert contents(index_url) == alone
    assert {name: len(rows) for name, rows in alone.items()} == {
        "seen": 771 * len(SITES),
        "recent": 162 * len(SITES),
        "addresses": len(SITES),
        "fingerprints": 20 * len(SITES),
        "lookup": len(alone["lookup"]),
    }


def test_what_is_copied_from_parts_is_known_as_if_it_had_been_told(index_url: str) -> None:
    make_anew(index_url, told_of("siartekno"), told_of("kabargawai"))
    with Index.open(index_url) as index:
        near = index.match(article("suratkabar", "salinan", quake(105) + " (ant)").original, MONTH)  # type: ignore[arg-type]
        assert near is not None
        assert (near.url, near.kind) == (url("kabargawai", "gempa-5"), "near")
        exact = index.match(article("suratkabar", "salinan", "Teks 3 dari kabargawai.").original, MONTH)  # type: ignore[arg-type]
        assert exact is not None
        assert exact.url == url("kabargawai", "lama-3")
        moved = index.seen([url("kabargawai", "pindah"), url("kabargawai", "asal")])
        assert {record.article_id for record in moved.values()} == {article_id(url("kabargawai", "asal"))}
        assert index.count_archived() == 2 * 422


def test_a_new_index_goes_on_as_any_other(index_url: str) -> None:
    make_anew(index_url, told_of("siartekno"), told_of("kabargawai"))
    with Index.open(index_url) as index:
        index.commit(told_of("kilasdigital"))
        index.commit(told_of("siartekno"))
    grown = contents(index_url)
    make_anew(index_url, *map(told_of, ("siartekno", "kabargawai", "kilasdigital")))
    anew = contents(index_url)
    assert (grown["fingerprints"], grown["lookup"]) == (anew["fingerprints"], anew["lookup"])
    assert len(grown["seen"]) == len(anew["seen"])


def test_a_part_that_is_written_twice_counts_once(index_url: str) -> None:
    make_anew(index_url, told_of("siartekno"), told_of("kabargawai"))
    once = contents(index_url)
    new = NewIndex(index_url)
    new.begin("a plan")
    for site in ("siartekno", "kabargawai", "siartekno"):
        write(index_url, site, [site])
    for _ in range(2):  # whoever has not heard that it was done does it again
        new.put_in_place(("siartekno", "kabargawai"), RECENT)
    new.give_up()
    assert contents(index_url) == once


def write_and_wait(index_url: str, is_writing: Event) -> None:
    def updates() -> Iterator[IndexUpdate]:
        yield from told_of("siartekno")
        is_writing.set()
        signal.pause()

    NewIndex(index_url).write_part("1", updates(), RECENT, lambda: "")


def test_a_part_whose_writer_is_killed_is_not_written_and_can_be_written_again(index_url: str) -> None:
    new = NewIndex(index_url)
    new.begin("a plan")
    is_writing = SPAWN.Event()
    writer = SPAWN.Process(target=write_and_wait, args=(index_url, is_writing))
    writer.start()
    assert is_writing.wait(120)
    writer.kill()
    writer.join()
    assert new.plan() == "a plan"
    write(index_url, "1", ["siartekno"])
    assert new.note_of("1") == "1 sites"
    assert new.note_of("2") is None
    new.put_in_place(["1"], RECENT)
    new.give_up()
    with Index.open(index_url) as index:
        assert index.count_archived() == 422


def test_while_it_is_made_the_old_index_is_used_by_nothing_and_stays(index_url: str) -> None:
    with Index.open(index_url) as index:
        index.commit(told_of("siartekno"))
    before = contents(index_url)
    new = NewIndex(index_url)
    with Index.open(index_url) as index:
        new.begin("a plan")
        with pytest.raises(IndexUnavailable, match="is being made anew"):
            index.hold_site("siartekno", "run 1, which opened it before")
    with pytest.raises(IndexUnavailable, match=r"is being made anew.* run `kliping rebuild-index`") as told:
        Index.open(index_url)
    assert "\n" not in str(told.value)
    write(index_url, "1", ["kabargawai"])
    with pytest.raises(sa.exc.IntegrityError):
        new.put_in_place(["1"], RECENT, tombstones={"nothing": None})  # type: ignore[dict-item]
    assert contents(index_url) == before
    new.give_up()
    assert new.plan() is None
    with Index.open(index_url) as index:
        assert index.count_archived() == 422


def test_beginning_again_forgets_what_was_begun(index_url: str) -> None:
    new = NewIndex(index_url)
    new.begin("a plan")
    write(index_url, "1", ["siartekno"])
    new.begin("another plan")
    assert (new.plan(), new.note_of("1")) == ("another plan", None)
    new.give_up()


def test_what_two_sites_have_in_common_is_known_once(index_url: str) -> None:
    """As where a site was renamed, and its pages stand in the tables under both names."""
    address, body = url("siartekno", "sama"), quake(7)
    of_first, of_second = article("siartekno", "sama", body), update("kabargawai", "lain")
    refused = IndexUpdate(
        UrlRecord(address, article_id(address), "kabargawai", Status.REJECTED, NOON - DAY, NOON - DAY)
    )
    moved = article("kabargawai", "baru", quake(8), identity=article_id(url("siartekno", "alamat-lama")))
    stood = update("siartekno", "alamat-lama", Status.REJECTED)
    leads = update("siartekno", "baru-juga", Status.REJECTED)
    moved_there = replace(
        article("kabargawai", "x", quake(9)).seen, url=leads.seen.url, article_id=article_id(url("kabargawai", "x"))
    )
    first, second = [of_first, stood, leads], [of_second, refused, moved, IndexUpdate(moved_there)]
    for parts in ([first, second], [second, first]):
        make_anew(index_url, *parts)
        with Index.open(index_url) as index:
            record = index.seen([address])[address]
            assert (record.status, record.site, record.first_fetched_at) == (Status.ARCHIVED, "siartekno", NOON - DAY)
            assert index.seen([leads.seen.url])[leads.seen.url].article_id == moved_there.article_id
            assert index.text(article_id(address)) is not None
            assert index.of_articles([moved.seen.article_id])[moved.seen.article_id].status is Status.ARCHIVED
            assert index.count_archived() == 4


def test_a_phrase_that_many_texts_have_brings_the_last_of_all_parts(index_url: str) -> None:
    common = " ".join(quake(1).split()[:60])
    parts = [
        [article(site, f"a-{n}", f"{common} {site} nomor {n}") for n in range(MAX_TEXTS_PER_KEY)] for site in SITES[:2]
    ]
    make_anew(index_url, [update for part in parts for update in part])
    alone = contents(index_url)
    make_anew(index_url, *parts)
    assert contents(index_url)["lookup"] == alone["lookup"]
    keys = [key for _, key in alone["lookup"]]
    assert max(map(keys.count, keys)) == MAX_TEXTS_PER_KEY


def test_a_role_that_may_make_no_schema_is_told_which_right_it_lacks(postgresql: PostgreSQL) -> None:
    postgresql.ensure_databases(["rights"])
    engine = sa.create_engine(postgresql.url("postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text("CREATE ROLE guest LOGIN"))
    engine.dispose()
    with pytest.raises(IndexUnavailable, match=r"permission denied for database rights.*GRANT CREATE ON DATABASE"):
        NewIndex(postgresql.url("rights").replace("kliping@", "guest@")).begin("a plan")

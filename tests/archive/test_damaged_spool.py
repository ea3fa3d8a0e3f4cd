"""A damaged spool costs what was damaged, and nothing else: the rest is delivered, and the site crawls on."""

import gzip
import json
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from pipelines.archive.batches import SealedBatch
from pipelines.archive.bucket import Bucket
from pipelines.archive.delivery import Delivery
from pipelines.archive.spool import SetAside, SpoolUnusable, put_back, recover, set_aside_folders
from pipelines.index.database import Index, Status
from pipelines.report import RunReport
from settings.storage import Storage
from tests.archive.gate import Gate
from tests.archive.invented import NOON, deliver_orphans, finish, look_at, open_run, reject, rows, text

SITE = "kabarteknik"
URLS = [f"http://kabarteknik.example/{n}" for n in range(6)]
REFUSED = "http://kabarteknik.example/bukan-berita"

Damage = Callable[[Path], None]


def leave(storage: Storage, *, sealed: bool) -> Path:
    """The batch of a run that was killed: six articles and a page that is none; its folder."""
    with Gate(storage) as gate:
        run = open_run(gate.storage)
        gate.shut()
        for number, url in enumerate(URLS):
            look_at(run, url, text(number))
        reject(run, REFUSED)
        if sealed:
            run.seal()
        run.abandon()
    [folder] = (path for path in (storage.spool / SITE).iterdir() if path.is_dir())
    return folder


def crawl_on(storage: Storage) -> RunReport:
    """The site's next run: it looks at whatever the index does not know."""
    run = open_run(storage)
    known = run.index.seen(URLS)
    for number, url in enumerate(URLS):
        if url not in known:
            look_at(run, url, text(number), at=NOON + timedelta(hours=1))
    return finish(run)


def require_evidence(storage: Storage) -> None:
    """Every row points to a record of its own page, in a WARC file that consists of whole records."""
    bucket = Bucket(storage)
    for row in [*rows(storage, "articles"), *rows(storage, "rejected")]:
        for page in [row, *row.get("pages", ())]:
            member = bucket.get(page["warc_filename"], page["warc_record_offset"], page["warc_record_length"])
            assert f"WARC-Target-URI: {page['url']}\r\n".encode() in gzip.decompress(member)
    for key in bucket.list("warc/"):
        if key.endswith(".warc.gz"):
            assert gzip.decompress(bucket.get(key)).startswith(b"WARC/1.1\r\n")
            assert key.removesuffix(".warc.gz") + ".cdxj" in set(bucket.list("warc/"))


def require_each_once(storage: Storage) -> None:
    """Every article is in the corpus once, and nothing waits but rows that may."""
    deliver_orphans(storage)
    assert Counter(row["url"] for row in rows(storage, "articles")) == Counter(URLS)
    assert {row["revision"] for row in rows(storage, "articles")} == {1}
    runs = Counter(row["run"] for row in rows(storage, "runs"))
    assert set(runs.values()) == {1}
    assert [p.name for p in (storage.spool / SITE).iterdir() if p.is_dir() and p.name != "set-aside"] == []


def in_lines(change: Callable[[list[bytes]], list[bytes]]) -> Damage:
    def damage(folder: Path) -> None:
        path = folder / "journal.jsonl"
        path.write_bytes(b"\n".join(change(path.read_bytes().split(b"\n"))))

    return damage


def in_warc(change: Callable[[bytes, int], bytes]) -> Damage:
    """Change the WARC file within its record of the third article."""

    def damage(folder: Path) -> None:
        path = folder / "part.warc.gz"
        row = json.loads((folder / "journal.jsonl").read_bytes().split(b"\n")[2])["row"]
        path.write_bytes(change(path.read_bytes(), row["warc_record_offset"] + row["warc_record_length"] // 2))

    return damage


def put(name: str, content: bytes) -> Damage:
    """Have a file of the batch, or of its site, hold something else."""

    def damage(folder: Path) -> None:
        (folder / name).write_bytes(content)

    return damage


LOSSES: dict[str, tuple[Damage, int]] = {
    "a halved line": (in_lines(lambda lines: [*lines[:2], lines[2][: len(lines[2]) // 2], *lines[3:]]), 1),
    "two lines that became one": (in_lines(lambda lines: [*lines[:2], lines[2][:90] + lines[3][90:], *lines[4:]]), 2),
    "bytes that are not UTF-8": (
        in_lines(lambda lines: [*lines[:2], lines[2].replace(b"kab", b"\xff\xfe"), *lines[3:]]),
        1,
    ),
    "a letter changed": (in_lines(lambda lines: [*lines[:2], lines[2].replace(b"Kabar", b"Kibar"), *lines[3:]]), 1),
    "a line of garbage": (in_lines(lambda lines: [*lines[:2], b"\0\x85\xe2\x80\xa8" * 20, *lines[2:]]), 0),
    "zeros over a line": (in_lines(lambda lines: [*lines[:2], bytes(len(lines[2])), *lines[3:]]), 1),
    "bytes of the WARC file overwritten": (in_warc(lambda b, at: b[:at] + bytes(50) + b[at + 50 :]), 1),
    "bytes put into the WARC file": (in_warc(lambda b, at: b[:at] + b"sampah" * 9 + b[at:]), 1),
    "bytes taken out of the WARC file": (in_warc(lambda b, at: b[:at] + b[at + 50 :]), 1),
    "the WARC file cut": (in_warc(lambda b, at: b[:at]), 5),
    "the WARC file emptied": (in_warc(lambda _b, _at: b""), 7),
    "the WARC file gone": (lambda folder: (folder / "part.warc.gz").unlink(), 7),
    "the journal emptied": (put("journal.jsonl", b""), 7),
    "the journal gone": (lambda folder: (folder / "journal.jsonl").unlink(), 7),
}
"""What may be damaged, and how many of the seven visits are lost by it."""

UNSEEN = ("the journal emptied", "the journal gone")
"""Damage that nothing tells of in a batch that its run did not seal: it may have had no visits."""


@pytest.mark.parametrize("sealed", [True, False], ids=["sealed", "open"])
@pytest.mark.parametrize("name", LOSSES)
def test_what_is_whole_of_a_damaged_batch_is_delivered_and_the_rest_fetched_again(
    storage: Storage, name: str, sealed: bool
) -> None:
    damage, lost = LOSSES[name]
    folder = leave(storage, sealed=sealed)
    before = (folder / "journal.jsonl").read_bytes()
    damage(folder)

    report = crawl_on(storage)

    require_each_once(storage)
    require_evidence(storage)
    assert len(rows(storage, "rejected")) == (0 if lost >= 5 else 1)
    if not sealed and name in UNSEEN:
        return
    assert (report.finish_reason, len(report.failures)) == ("spool_damaged", 1)
    assert folder.name in report.failures[0]
    [aside] = set_aside_folders(storage.spool / SITE)
    assert SetAside.read(aside)
    assert before
    again = crawl_on(storage)
    assert (again.finish_reason, again.failures, again.looked_at) == ("finished", (), 0)


def cut(path: Path, size: int = 12) -> None:
    path.write_bytes(path.read_bytes()[:size])


def among_foreign_files(folder: Path) -> None:
    for path in (folder / "sementara.tmp", folder.parent / "catatan.txt", folder.parent / f"{folder.name}.txt"):
        path.write_text("x")
    (folder.parent.parent / "README").write_text("x")
    (folder.parent.parent / "lost+found").mkdir()
    (folder.parent / "salinan" / folder.name).mkdir(parents=True)


HARMLESS: dict[str, Damage] = {
    "batch.json cut": lambda folder: cut(folder / "batch.json"),
    "batch.json emptied": put("batch.json", b""),
    "batch.json gone": lambda folder: (folder / "batch.json").unlink(),
    "batch.json of other JSON": put("batch.json", b"[1, 2]"),
    "batch.json of other types": put(
        "batch.json", b'{"site": "kabarteknik", "sequence": 7, "number": "x", "key": null}'
    ),
    "batch.json nested": put("batch.json", b"[" * 100_000),
    "batch.json not UTF-8": put("batch.json", b'{"site": "\xff"}'),
    "batch.json of another site": put(
        "batch.json", b'{"site": "wartagawai", "sequence": "a", "number": 1, "key": "warc/x"}'
    ),
    "sequence.json cut": lambda folder: cut(folder.parent / "sequence.json"),
    "sequence.json emptied": put("../sequence.json", b""),
    "sequence.json gone": lambda folder: (folder.parent / "sequence.json").unlink(),
    "sequence.json of other types": put("../sequence.json", b'{"sequence": "a", "number": []}'),
    "run.json cut": lambda folder: cut(folder.parent / "run.json"),
    "part.cdxj garbled": put("part.cdxj", b"\xff" * 99),
    "part.cdxj gone": lambda folder: (folder / "part.cdxj").unlink(),
    "foreign files": among_foreign_files,
}


@pytest.mark.parametrize("name", HARMLESS)
def test_a_damaged_file_that_can_be_made_again_costs_nothing(storage: Storage, name: str) -> None:
    folder = leave(storage, sealed=True)
    HARMLESS[name](folder)
    report = crawl_on(storage)
    assert (report.finish_reason, report.failures, report.looked_at) == ("finished", (), 0)
    assert set_aside_folders(storage.spool / SITE) == []
    assert Counter(row["url"] for row in rows(storage, "articles")) == Counter(URLS)
    assert len(rows(storage, "rejected")) == 1
    require_evidence(storage)


@pytest.mark.parametrize(
    "damage",
    [cut, lambda path: path.write_bytes(bytes(4000)), lambda path: path.write_bytes(b"a\nb\nc\nd"), Path.unlink],
    ids=["cut", "zeros", "lines", "lost"],
)
def test_a_run_keeps_its_row_though_the_journal_that_holds_it_is_damaged(storage: Storage, damage: Damage) -> None:
    with Gate(storage) as gate:
        run = open_run(gate.storage)
        gate.shut()
        look_at(run, URLS[0], text(0))
        report = finish(run)
        assert report.waiting == 1
    [folder] = (path for path in (storage.spool / SITE).iterdir() if path.is_dir())
    damage(folder / "journal.jsonl")

    crawl_on(storage)

    [row] = [row for row in rows(storage, "runs") if row["run"] == report.run]
    assert (row["finish_reason"], row["looked_at"], row["outcomes"]["archived"]) == ("finished", 1, 1)
    require_each_once(storage)


def test_a_run_that_found_nothing_loses_nothing_with_its_journal(storage: Storage) -> None:
    report = finish(open_run(storage))
    [folder] = (path for path in (storage.spool / SITE).iterdir() if path.is_dir())
    (folder / "journal.jsonl").write_bytes(b"sampah\nsampah\n")

    following = crawl_on(storage)

    assert (following.finish_reason, following.failures) == ("finished", ())
    assert report.run in {row["run"] for row in rows(storage, "runs")}
    assert not set_aside_folders(storage.spool / SITE)


@pytest.mark.parametrize("sealed", [True, False], ids=["sealed", "open"])
def test_a_line_of_the_journal_that_stands_there_twice_is_one_visit(storage: Storage, *, sealed: bool) -> None:
    folder = leave(storage, sealed=sealed)
    journal = folder / "journal.jsonl"
    first, *others = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join([first, first, *others, first]))
    crawl_on(storage)
    assert Counter(row["url"] for row in rows(storage, "articles")) == Counter(URLS)
    assert set_aside_folders(storage.spool / SITE) == []


@pytest.mark.parametrize("step", ["warc", "cdxj", "articles", "rejected", "index"])
def test_a_seal_that_is_lost_in_mid_delivery_doubles_nothing(storage: Storage, step: str) -> None:
    first = open_run(storage)
    look_at(first, URLS[0], text(9), at=NOON - timedelta(hours=1))
    finish(first)
    folder = leave(storage, sealed=True)

    class BrokenError(Exception):
        pass

    def break_off(done: str) -> None:
        if done == step:
            raise BrokenError

    with Index.open(storage.index) as index:
        delivery = Delivery(storage, index, break_off)
        with pytest.raises(BrokenError):
            delivery.deliver(SealedBatch.from_folder(folder))
    (folder / "batch.json").unlink()

    crawl_on(storage)

    assert Counter(row["url"] for row in rows(storage, "articles")) == Counter(URLS)
    assert [(row["url"], row["revision"]) for row in rows(storage, "revisions")] == [(URLS[0], 1)]
    assert len(rows(storage, "rejected")) == 1
    require_evidence(storage)


def test_a_damaged_batch_of_one_site_is_told_of_by_another_site_s_run_and_fails_it_not(storage: Storage) -> None:
    in_lines(lambda lines: [lines[0][:40], *lines[1:]])(leave(storage, sealed=False))
    report = finish(open_run(storage, "wartagawai"))
    assert (report.finish_reason, report.failures) == ("finished", ())
    assert "kabarteknik: batch" in report.warnings[0]
    deliver_orphans(storage)
    assert {row["site"] for row in rows(storage, "runs")} == {"kabarteknik", "wartagawai"}
    assert len(rows(storage, "articles")) == 5


def test_a_batch_that_is_damaged_while_its_run_goes_on_is_salvaged_by_the_run(storage: Storage) -> None:
    run = open_run(storage)
    for number, url in enumerate(URLS[:3]):
        look_at(run, url, text(number))
    run.seal()
    [folder] = (path for path in (storage.spool / SITE).iterdir() if path.is_dir())
    in_lines(lambda lines: [lines[0][:40], *lines[1:]])(folder)
    report = finish(run)
    assert report.finish_reason == "spool_damaged"
    assert len(rows(storage, "articles")) == 2
    crawl_on(storage)
    require_each_once(storage)


def test_a_row_whose_page_was_captured_into_an_earlier_batch_that_was_damaged_is_fetched_again(
    storage: Storage,
) -> None:
    from tests.archive.invented import announced, article, exchange, page

    with Gate(storage) as gate:
        run = open_run(gate.storage)
        gate.shut()
        look_at(run, URLS[0], text(0))
        visit = announced(SITE, URLS[1])
        visit.pages = [page(run.capture(exchange(URLS[1], gzip.compress(text(1).encode(), mtime=0))))]
        run.seal()
        visit.cleaned = article(URLS[1], text(1))
        run.record(visit, run.judge(visit))
        look_at(run, URLS[2], text(2))
        run.abandon()
    first = min(path for path in (storage.spool / SITE).iterdir() if path.is_dir())
    (first / "part.warc.gz").write_bytes((first / "part.warc.gz").read_bytes()[:-600])

    crawl_on(storage)
    require_each_once(storage)
    require_evidence(storage)


def test_salvaging_may_be_broken_off(storage: Storage) -> None:
    folder = leave(storage, sealed=False)
    in_lines(lambda lines: [lines[0][:40], *lines[1:]])(folder)
    recover(folder.parent)
    # As a crash leaves it between setting the damaged batch aside and putting what is whole in its place.
    folder.rename(folder.with_name(folder.name + ".salvaged"))
    crawl_on(storage)
    require_each_once(storage)
    assert len(set_aside_folders(folder.parent)) == 1


def test_what_is_whole_of_a_batch_that_was_set_aside_can_be_put_back(storage: Storage) -> None:
    folder = leave(storage, sealed=True)
    whole = (folder / "journal.jsonl").read_bytes()
    in_lines(lambda lines: [*lines[:2], lines[2][:50], *lines[3:]])(folder)
    deliver_orphans(storage)
    assert len(rows(storage, "articles")) == 5
    [aside] = set_aside_folders(storage.spool / SITE)
    (aside / "journal.jsonl").write_bytes(whole)

    assert put_back(aside)
    deliver_orphans(storage)

    assert Counter(row["url"] for row in rows(storage, "articles")) == Counter(URLS)
    assert len(rows(storage, "rejected")) == 1
    assert set_aside_folders(storage.spool / SITE) == []
    require_evidence(storage)


def test_another_file_under_a_batch_s_key_is_left_alone_and_the_batch_delivered_under_another(
    storage: Storage, tmp_path: Path
) -> None:
    folder = leave(storage, sealed=True)
    key = SealedBatch.from_folder(folder).key
    other = tmp_path / "lain.warc.gz"
    other.write_bytes(gzip.compress(b"WARC/1.1\r\n"))
    bucket = Bucket(storage)
    bucket.ensure()
    bucket.put_once(key, other, "application/warc")
    report = crawl_on(storage)
    assert report.failures == ()
    assert bucket.get(key) == other.read_bytes()
    assert Counter(row["url"] for row in rows(storage, "articles")) == Counter(URLS)
    assert key not in {row["warc_filename"] for row in rows(storage, "articles")}


@pytest.mark.parametrize("place", ["", "kabarteknik"])
def test_a_spool_that_is_a_file_is_named_in_one_sentence(storage: Storage, place: str) -> None:
    path = storage.spool / place if place else storage.spool
    path.parent.mkdir(parents=True)
    path.write_text("")
    with pytest.raises(SpoolUnusable, match=f"{path} is not a folder .*it is a file") as told:
        open_run(storage)
    assert "\n" not in str(told.value)


def test_a_site_s_folder_that_is_a_file_stops_no_other_site(storage: Storage) -> None:
    storage.spool.mkdir(parents=True)
    (storage.spool / "wartagawai").write_text("")
    assert crawl_on(storage).failures == ()
    require_each_once(storage)


def test_marks_of_a_version_that_wrote_aliases_on_lines_of_their_own_are_lost_with_their_article(
    storage: Storage,
) -> None:
    run = open_run(storage)
    look_at(run, URLS[0], text(0), announced_as=URLS[1])
    run.abandon()
    [folder] = (path for path in (storage.spool / SITE).iterdir() if path.is_dir())
    (folder.parent / "run.json").unlink()
    journal = folder / "journal.jsonl"
    entry = json.loads(journal.read_bytes())
    del entry["crc32"], entry["look"]
    [alias] = entry.pop("aliases")
    lines = [json.dumps(entry)[:-30], json.dumps({"mark": alias})]
    journal.write_text("".join(line + "\n" for line in lines))
    deliver_orphans(storage)
    with Index.open(storage.index) as index:
        assert index.seen(URLS) == {}

    run = open_run(storage)
    look_at(run, URLS[0], text(0), announced_as=URLS[1])
    finish(run)
    with Index.open(storage.index) as index:
        assert {seen.status for seen in index.seen(URLS[:2]).values()} == {Status.ARCHIVED, Status.ALIAS}


def test_the_files_of_the_spool_are_readable_as_they_were(storage: Storage) -> None:
    """A journal is JSON Lines for everybody."""
    folder = leave(storage, sealed=True)
    for line in (folder / "journal.jsonl").read_bytes().split(b"\n")[:-1]:
        assert json.loads(line)["look"]["outcome"]
    assert json.loads((folder / "batch.json").read_bytes())["site"] == SITE

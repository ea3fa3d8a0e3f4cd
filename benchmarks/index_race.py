"""`make bench-race`: processes that bring the same texts at once, on SQLite and on PostgreSQL.

Each goes through all texts in an order of its own, asks the index for each as a crawl does, and commits what came of it
in batches. Of every other text each brings an edition of its own, so that all but one have to find a near copy. Of each
text one must become the article, and all others copies of it; no claim may be left.
"""

import argparse
import multiprocessing
import random
import resource
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from multiprocessing.synchronize import Barrier
from pathlib import Path
from queue import Queue

from benchmarks.duplicates.prose import Prose, paragraphs
from local.postgresql import throw_away_postgresql
from pipelines.index.database import Index, IndexUpdate, Status, TextFingerprint, UrlRecord

WORDS = 150
BATCH = 50
"""Texts after which a process commits what it has."""

NOW = datetime(2026, 11, 24, tzinfo=UTC)
WINDOW = timedelta(days=30)

Won = dict[int, str | None]
"""By text, the URL of which it is a copy; None where the process has the article."""


def address(racer: int, number: int) -> str:
    return f"https://situs{racer}.example/read/{number}"


def edition(racer: int, number: int) -> str:
    """The text as one of the processes has it."""
    body = paragraphs(Prose(random.Random(number)).sentences(WORDS))
    # Other numbers in one sentence would make other texts of them.
    return f"Meja {'abcdefghijklmnop'[racer]} melaporkan. {body}" if number % 2 else body


def race(index_url: str, racer: int, texts: int, barrier: Barrier, answers: "Queue[tuple[int, Won]]") -> None:
    """What one process does."""
    order = random.Random(racer).sample(range(texts), texts)
    bodies = {number: edition(racer, number) for number in order}
    site, won, updates = f"situs{racer}", Won(), []
    barrier.wait()
    try:
        with Index.open(index_url) as index:
            for count, number in enumerate(order, 1):
                text = TextFingerprint.from_body(
                    address(racer, number), site=site, run=site, body=bodies[number], published_at=NOW
                )
                match = index.match_or_claim(text, WINDOW)
                original = match.url if match and not match.adds else None
                status = Status.DUPLICATE if original else Status.ARCHIVED
                seen = UrlRecord(text.url, text.article_id, site, status, NOW, NOW, text_sha256=text.text_sha256)
                updates.append(IndexUpdate(seen, None if original else text))
                won[number] = original
                if count % BATCH == 0 or count == texts:
                    index.commit(updates)
                    updates.clear()
    finally:
        answers.put((racer, won))


def faults(index_url: str, won: dict[int, Won], texts: int) -> list[str]:
    """What is not as it must be after a race."""
    found = []
    for number in range(texts):
        winners = [racer for racer, own in won.items() if own.get(number, "") is None]
        told = {own.get(number) for racer, own in won.items() if racer not in winners}
        if len(winners) != 1 or not told <= {address(winners[0], number)}:
            found.append(f"text {number} has the articles of {winners}, and is a copy of {sorted(map(str, told))}")
    with Index.open(index_url) as index:
        counts = index.count_archived(), index.count_copies()
        left = sum(index.release(f"situs{racer}") for racer in won)
    if counts != (texts, texts * (len(won) - 1)) or left:
        found.append(f"the index has {counts[0]} articles, {counts[1]} copies and {left} claims")
    return found


def measure(name: str, index_url: str, processes: int, texts: int) -> bool:
    """Have the processes race, and say what came of it; whether it is exact."""
    context = multiprocessing.get_context("spawn")
    barrier, answers = context.Barrier(processes), context.Queue()
    racers = [context.Process(target=race, args=(index_url, n, texts, barrier, answers)) for n in range(processes)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    for racer in racers:
        racer.start()
    won = dict(answers.get() for _ in racers)
    for racer in racers:
        racer.join()
    spent = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
    found = [*faults(index_url, won, texts), *(f"a process ended with {r.exitcode}" for r in racers if r.exitcode)]
    print(f"{name}: {processes} processes, {texts:,} texts: {len(found)} faults, {spent:.0f} s of CPU of theirs")
    print(*found[:10], sep="\n", end="\n" if found else "")
    return not found


@contextmanager
def databases(names: Sequence[str]) -> Iterator[dict[str, str]]:
    """A database of each of these kinds, by its URL."""
    with tempfile.TemporaryDirectory(prefix="kliping-race-") as folder:
        of_sqlite = {"sqlite": f"sqlite:///{Path(folder) / 'index.db'}"}
        if "postgresql" not in names:
            yield of_sqlite
            return
        with throw_away_postgresql() as server:
            server.ensure_databases(["race"])
            yield of_sqlite | {"postgresql": server.url("race")}


def main() -> None:
    parser = argparse.ArgumentParser(description="Have processes bring the same texts at once.")
    parser.add_argument("--texts", type=int, default=1000)
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--on", nargs="+", default=["sqlite", "postgresql"], choices=["sqlite", "postgresql"])
    options = parser.parse_args()
    with databases(options.on) as urls:
        exact = [measure(name, urls[name], options.processes, options.texts) for name in options.on]
    if not all(exact):
        raise SystemExit(1)


if __name__ == "__main__":
    main()

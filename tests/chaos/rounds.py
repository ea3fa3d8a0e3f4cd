"""The kinds of rounds: what befalls the crawls of a world. Each ends with nothing running and the world mended."""

import resource
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial

from tests.chaos.spool_damage import DAMAGES
from tests.chaos.store_proxy import FAULTS, Fault
from tests.chaos.web import OTHER, SITE
from tests.chaos.world import MIN_FREE_MB, Crawl, World

Round = Callable[[World], str]
"""Does its deed and says what it was, in a few words for the log."""

MAX_REQUESTS = 14
"""Of one crawl of this web, about."""

MAX_FILE_OPERATIONS = 32
"""Below a site's folder of the spool, in a whole run, about."""

PUTS = {
    "warc": r"^warc/.*\.warc\.gz$",
    "cdxj": r"^warc/.*\.cdxj$",
    "articles": r"^tables/articles/",
    "revisions": r"^tables/revisions/",
    "duplicates": r"^tables/duplicates/",
    "runs": r"^tables/runs/",
}
"""The steps of a commit, by what they put into the bucket."""

CLOCK_STEPS_SECONDS = (-600, 600, -7200, 2 * 86400, -2 * 86400, 45)


def kill_anywhere(world: World) -> str:
    site, count = world.chance.choice((SITE, SITE, OTHER)), world.chance.randint(0, MAX_REQUESTS)
    crawl = world.start(site)
    world.wait_for_requests(crawl, count)
    time.sleep(world.chance.uniform(0, 0.3))
    crawl.kill()
    world.end(crawl)
    return f"kill -9 of {site} after {count} requests"


def kill_at_the_end(world: World) -> str:
    """Some moment of the second after the last table has its row: the index is marked, the batch leaves the spool."""
    pause = world.chance.uniform(0, 0.4)
    crawl = world.start()
    at_end = threading.Event()
    world.proxy.watch = lambda _, key, stage: (
        at_end.set() if stage == "answered" and key.startswith("tables/runs/_delta_log/0") else None
    )
    while crawl.process.poll() is None and not at_end.wait(0.05):
        pass
    time.sleep(pause)
    crawl.kill()
    world.proxy.watch = None
    world.end(crawl)
    return f"kill -9 {pause:.2f} s after the first look at the runs"


def kill_at_a_file(world: World) -> str:
    number = world.chance.randint(1, MAX_FILE_OPERATIONS)
    world.crawl(CHAOS_DIE_AT=str(number), CHAOS_FILES=str(world.spool / SITE))
    return f"kill -9 at file operation {number}"


def kill_at_a_put(world: World) -> str:
    step, stage = world.chance.choice(sorted(PUTS)), world.chance.choice(("asked", "done", "answered"))
    number = world.chance.randint(1, 2)
    started: list[Crawl] = []
    left = number

    def watch(method: str, key: str, now: str) -> None:
        nonlocal left
        if (method, now) == ("PUT", stage) and Fault("", FAULTS[0].act, "PUT", PUTS[step]).strikes(
            "PUT", key, world.chance
        ):
            left -= 1
            if left == 0:
                started[0].kill()

    world.proxy.watch = watch
    started.append(world.start())
    world.end(started[0])
    world.proxy.watch = None
    return f"kill -9 when PUT {number} of {step} is {stage}"


def terminate(world: World) -> str:
    count = world.chance.randint(0, MAX_REQUESTS)
    crawl = world.start()
    world.wait_for_requests(crawl, count)
    time.sleep(world.chance.uniform(0, 0.3))
    young = count == 0
    crawl.process.terminate()
    crawl.killed = young  # before Scrapy listens, the signal ends Python as it ends any program
    world.end(crawl)
    return f"SIGTERM after {count} requests"


def store_fault(world: World, fault: Fault) -> str:
    world.proxy.fault = fault
    world.crawl(world.chance.choice((SITE, SITE, OTHER)))
    struck = world.proxy.struck
    world.proxy.fault = None
    return f"{fault.name}: {struck} requests"


def store_killed(world: World) -> str:
    count = world.chance.randint(0, MAX_REQUESTS)
    early = world.chance.random() < 0.5
    crawl = world.start()
    world.wait_for_requests(crawl, count)
    time.sleep(world.chance.uniform(0, 0.5))
    world.store.kill()
    if early:
        time.sleep(world.chance.uniform(0, 2))
        world.store.start()
    world.end(crawl)
    if not early:
        world.store.start()
    return f"kill -9 of the store after {count} requests, back {'in mid-run' if early else 'after the run'}"


def disk_full(world: World) -> str:
    """The disk of spool and index has no byte left, for moments or for the rest of the run."""
    if not world.has_disk:
        return f"no disk may be mounted here; instead: {file_limit(world)}"
    count, seconds = world.chance.randint(0, MAX_REQUESTS - 4), world.chance.choice((0.1, 0.3, 1.0, None))
    # Either it sees the end coming, or it runs into it.
    crawl = world.start(KLIPING_MIN_FREE_MB=world.chance.choice(("0", MIN_FREE_MB)))
    world.wait_for_requests(crawl, count)
    filler = world.home / "filler"
    try:
        with filler.open("wb", buffering=0) as file:
            for size in (1 << 20, 1 << 12, 1):
                try:
                    while True:
                        file.write(bytes(size))
                except OSError:
                    continue
        if seconds is not None:
            time.sleep(seconds)
            filler.unlink()
        world.end(crawl)
    finally:
        filler.unlink(missing_ok=True)
    return f"disk full after {count} requests, {'to the end' if seconds is None else f'for {seconds} s'}"


def file_limit(world: World) -> str:
    """No file of the crawl may become larger than it is: every write that would fails half-way."""
    count, seconds = world.chance.randint(0, MAX_REQUESTS - 4), world.chance.choice((0.2, 1.0, None))
    limit = world.chance.choice((4096, 10_000, 30_000))
    crawl = world.start()
    world.wait_for_requests(crawl, count)
    try:
        most = resource.RLIM_INFINITY
        resource.prlimit(crawl.process.pid, resource.RLIMIT_FSIZE, (limit, most))
        if seconds is not None:
            time.sleep(seconds)
            resource.prlimit(crawl.process.pid, resource.RLIMIT_FSIZE, (most, most))
    except ProcessLookupError:
        pass
    world.end(crawl)
    duration = "to the end" if seconds is None else f"for {seconds} s"
    return f"files limited to {limit} bytes after {count} requests, {duration}"


def damaged_spool(world: World) -> str:
    """A run leaves a batch, something damages it, and two more runs find it."""
    sealed = world.chance.random() < 0.5
    if sealed:
        world.proxy.fault = next(fault for fault in FAULTS if fault.name == "507 on put")
        world.crawl()
        world.proxy.fault = None
    else:
        crawl = world.start()
        world.wait_for_requests(crawl, world.chance.randint(6, MAX_REQUESTS - 2))
        crawl.kill()
        world.end(crawl)
    batches = sorted(path for path in (world.spool / SITE).glob("*") if path.is_dir())
    name = world.chance.choice(sorted(DAMAGES))
    done = DAMAGES[name](batches[0], world.chance) if batches else "no batch was left"
    world.crawl(world.chance.choice((SITE, OTHER)))
    return f"spool, {'sealed' if sealed else 'unsealed'} batch, {name}: {done}"


def index_lost(world: World) -> str:
    for path in world.home.glob("index.db*"):
        path.unlink()
    world.crawl()
    return "index deleted"


def index_damaged(world: World) -> str:
    if not world.index.exists():
        return "no index to damage"
    how = world.chance.choice(("emptied", "cut", "header", "middle", "text"))
    content = bytearray(world.index.read_bytes())
    if how == "emptied":
        content.clear()
    elif how == "cut":
        del content[world.chance.randrange(100, len(content)) :]
    elif how == "header":
        content[:32] = world.chance.randbytes(32)
    elif how == "text":
        content = bytearray(b"bukan basis data\n" * 40)
    else:
        at = world.chance.randrange(4096, len(content) - 4096)
        content[at : at + 4096] = world.chance.randbytes(4096)
    for path in world.home.glob("index.db-*"):
        path.unlink()
    world.index.write_bytes(content)
    report = world.crawl()
    if report.get("finish_reason") != "finished":
        world.rebuild_index()
    return f"index damaged: {how}; {report.get('finish_reason', 'no report')}"


def index_locked(world: World) -> str:
    seconds = world.chance.choice((2.0, 5.0, 33.0))
    if not world.index.exists():
        world.crawl()
    count = world.chance.randint(0, MAX_REQUESTS)
    crawl = world.start()
    world.wait_for_requests(crawl, count)
    with sqlite3.connect(world.index, timeout=30, isolation_level=None) as connection:
        connection.execute("BEGIN IMMEDIATE")
        deadline = time.monotonic() + seconds
        while crawl.process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.1)
        connection.execute("ROLLBACK")
    connection.close()
    world.end(crawl)
    return f"index locked for {seconds:.0f} s after {count} requests"


def two_at_once(world: World) -> str:
    second = world.chance.choice((SITE, SITE, OTHER))
    pause = world.chance.uniform(0, 2)
    crawls = [world.start()]
    time.sleep(pause)
    crawls.append(world.start(second))
    if kill := world.chance.random() < 0.5:
        world.wait_for_requests(crawls[0], world.chance.randint(1, MAX_REQUESTS))
        crawls[0].kill()
    for crawl in crawls:
        world.end(crawl)
    return f"{SITE}, and {second} {pause:.1f} s later{', the first killed' if kill else ''}"


def clock_step(world: World) -> str:
    seconds = world.chance.choice(CLOCK_STEPS_SECONDS)
    report = world.crawl(TEST_CLOCK_OFFSET=str(seconds))
    return f"clock {seconds:+} s: {report.get('finish_reason')}"


def undisturbed(world: World) -> str:
    report = world.crawl()
    return f"nothing: {report.get('finish_reason')}"


def spool_lost(world: World) -> str:
    """The folder of a site's spool is gone between two runs, with the count of its batches and all that waits there."""
    waiting = {folder.name.rpartition("-")[0] for folder in world.spool.glob(f"{SITE}/*-*")}
    world.finished = [(site, run) for site, run in world.finished if site != SITE or run not in waiting]
    shutil.rmtree(world.spool / SITE, ignore_errors=True)
    world.crawl()
    return "spool deleted"


ROUNDS: Mapping[str, Round] = {
    "kill": kill_anywhere,
    "kill at file": kill_at_a_file,
    "kill at put": kill_at_a_put,
    "kill at end": kill_at_the_end,
    "sigterm": terminate,
    "store killed": store_killed,
    "disk full": disk_full,
    "file limit": file_limit,
    "damaged spool": damaged_spool,
    "spool lost": spool_lost,
    "index lost": index_lost,
    "index damaged": index_damaged,
    "index locked": index_locked,
    "two at once": two_at_once,
    "clock": clock_step,
    **{fault.name: partial(store_fault, fault=fault) for fault in FAULTS},
}
"""By name; a schedule draws from the groups below, so that many store faults do not crowd out the rest."""

WEIGHTS = {
    "kill": 3,
    "kill at file": 4,
    "kill at put": 4,
    "kill at end": 2,
    "sigterm": 2,
    "store killed": 2,
    "disk full": 3,
    "file limit": 1,
    "damaged spool": 5,
    "spool lost": 1,
    "index lost": 1,
    "index damaged": 2,
    "index locked": 1,
    "two at once": 3,
    "clock": 2,
    **{fault.name: 1 for fault in FAULTS},
}

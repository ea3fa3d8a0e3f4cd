"""The commit protocol as a machine: runs, crashes and a failing store, in any order, lose and double nothing.

Each example is a bucket and a spool of its own. A crash is an error raised at one of the delivery's steps that nothing
catches: what is on disk and in the bucket then is what a killed process leaves there.
"""

import random
import tempfile
import threading
import uuid
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from pipelines.archive.bucket import StorageRefused, StorageUnavailable
from pipelines.archive.delivery import Delivery
from pipelines.archive.rebuild_index import rebuild
from pipelines.archive.spool import SET_ASIDE
from pipelines.index.database import Index, Status
from pipelines.run.crawl_run import CrawlRun
from settings.storage import Storage
from tests.archive.invented import deliver_orphans, finish, look_at, open_run, rows, text
from tests.chaos.spool_damage import DAMAGES, JOURNAL
from tests.chaos.store_proxy import FAULTS, ProxyProcess

SITES = ("kabarteknik", "wartagawai")
STEPS = ("warc", "cdxj", "revisions", "articles", "duplicates", "runs", "index", "removed")
PASSING_FAULTS = {fault.name: fault for fault in FAULTS if not fault.name.startswith("bits flipped")}
"""Faults that leave the bucket sound. What a flipped bit does is `make chaos`'s affair."""

EXAMPLES = settings(
    max_examples=4,
    stateful_step_count=10,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],  # a step takes half a second: what hypothesis would shrink for minutes is short enough
    suppress_health_check=list(HealthCheck),
)
"""As many as a minute takes on a slow machine, and the same ones each time."""


class Crash(BaseException):
    """The process ends here."""


class CommitProtocol(RuleBasedStateMachine):
    """`texts` are the seeds of the texts that were recorded of each URL, in order; `damaged` are the sites of which a
    batch was.
    """

    def __init__(self, storage: Storage, proxy: ProxyProcess) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.storage = storage.model_copy(
            update={"home": Path(self._folder.name), "bucket": f"test-{uuid.uuid4().hex}"}
        )
        self.proxy = proxy
        self.proxied = self.storage.model_copy(update={"endpoint_url": proxy.url})
        self.runs: dict[str, CrawlRun] = {}
        self.texts: dict[str, list[int]] = {}
        self.damaged: set[str] = set()
        self.seeds = 0

    @initialize()
    def make_the_tables(self) -> None:
        deliver_orphans(self.storage)

    @rule(site=st.sampled_from(SITES), number=st.integers(0, 2), changed=st.booleans())
    def look(self, site: str, number: int, changed: bool) -> None:
        """Look at an article whose text is new, or as it was."""
        url = f"http://{site}.example/{number}"
        known = self.texts.get(url, [])
        if changed or not known:
            self.seeds += 1
        seed = self.seeds if changed or not known else known[-1]
        look_at(self._run(site), url, text(seed))
        if not known or known[-1] != seed:
            self.texts.setdefault(url, []).append(seed)

    @rule(site=st.sampled_from(SITES))
    def seal_and_deliver(self, site: str) -> None:
        if run := self.runs.get(site):
            run.seal()
            run.deliver()

    @rule(site=st.sampled_from(SITES))
    def end(self, site: str) -> None:
        if run := self.runs.pop(site, None):
            finish(run)

    @rule(site=st.sampled_from(SITES), sealed=st.booleans())
    def die(self, site: str, sealed: bool) -> None:
        """The run's process ends, with or without its batch sealed."""
        if run := self.runs.pop(site, None):
            if sealed:
                run.seal()
            run.abandon()

    @rule(step=st.sampled_from(STEPS))
    def die_while_delivering(self, step: str) -> None:
        """Whoever delivers what dead runs left ends right after a step."""

        def die(now: str) -> None:
            if now == step:
                raise Crash

        with Index.open(self.storage.index) as index, suppress(Crash):
            Delivery(self.storage, index, checkpoint=die).deliver_orphans(self.storage.spool)

    @rule(name=st.sampled_from(sorted(PASSING_FAULTS)), site=st.sampled_from(SITES))
    def meet_a_fault_of_the_store(self, name: str, site: str) -> None:
        """The run delivers, and the next one opens, while the store fails."""
        self.proxy.set_fault(PASSING_FAULTS[name])
        try:
            if run := self.runs.pop(site, None):
                finish(run)
            else:
                finish(open_run(self.proxied, site))
        except (StorageUnavailable, StorageRefused):
            pass  # said in one sentence; what was recorded waits in the spool
        finally:
            self.proxy.set_fault(None)

    @precondition(lambda self: not self.runs)
    @rule()
    def deliver_twice_at_once(self) -> None:
        failed: list[BaseException] = []

        def deliver() -> None:
            try:
                deliver_orphans(self.storage)
            except BaseException as error:  # noqa: BLE001 - told in the test's own thread
                failed.append(error)

        deliverers = [threading.Thread(target=deliver) for _ in range(2)]
        for deliverer in deliverers:
            deliverer.start()
        for deliverer in deliverers:
            deliverer.join()
        assert failed == []

    @precondition(lambda self: not self.runs)
    @rule()
    def lose_the_index(self) -> None:
        """The index is gone, and made anew from the bucket."""
        for file in self.storage.home.glob("index.db*"):
            file.unlink()
        rebuild(self.storage, (), timedelta(days=30))

    @precondition(lambda self: not self.runs)
    @rule(name=st.sampled_from(sorted(DAMAGES)), site=st.sampled_from(SITES), seed=st.integers(0, 99))
    def damage_what_waits(self, name: str, site: str, seed: int) -> None:
        """What a damaged batch has lost, the index does not know: the next crawl would look at it again."""
        batches = [seal.parent for seal in sorted(self.storage.spool.glob(f"{site}/2*/{JOURNAL}"))]
        if batches:
            DAMAGES[name](batches[0], random.Random(seed))
            self.damaged.add(site)

    @rule()
    def compare(self) -> None:
        """At any time nothing stands twice, and nothing counts as archived that is neither there nor waits."""
        held = Counter(row["url"] for row in rows(self.storage, "articles"))
        assert set(held.values()) <= {1}
        waiting = b"".join(path.read_bytes() for path in self.storage.spool.glob("*/*/journal.jsonl"))
        with Index.open(self.storage.index) as index:
            for url, seen in index.seen(self.texts).items():
                assert seen.status is not Status.ARCHIVED or url in held or url.encode() in waiting

    def teardown(self) -> None:
        """Whatever happened, one undisturbed delivery later everything that was recorded is there, once."""
        try:
            for run in self.runs.values():
                run.abandon()
            deliver_orphans(self.storage)
            self._look_again()
            articles = {row["url"]: row for row in rows(self.storage, "articles")}
            earlier = [(row["url"], row["body"]) for row in rows(self.storage, "revisions")]
            assert set(articles) == set(self.texts)
            for url, seeds in self.texts.items():
                assert articles[url]["body"] == text(seeds[-1])
                versions = [body for at, body in earlier if at == url]
                assert articles[url]["revision"] == len(versions) + 1
                assert len(set(versions)) == len(versions)
                assert set(versions) <= set(map(text, seeds[:-1]))
                assert len(versions) == len(seeds) - 1 or articles[url]["site"] in self.damaged
            runs = Counter((row["site"], row["run"]) for row in rows(self.storage, "runs"))
            assert set(runs.values()) <= {1}
            waiting = {path.name for path in self.storage.spool.glob("*/*") if path.is_dir()}
            assert waiting <= ({SET_ASIDE} if self.damaged else set())
        finally:
            self._folder.cleanup()

    def _look_again(self) -> None:
        """Look once more at the articles of the sites of which something was damaged."""
        for site in self.damaged:
            run = open_run(self.storage, site)
            for url, seeds in self.texts.items():
                if url.startswith(f"http://{site}."):
                    look_at(run, url, text(seeds[-1]))
            finish(run)

    def _run(self, site: str) -> CrawlRun:
        """The run of the site that is under way, or a new one; its way to the store leads through the proxy."""
        if site not in self.runs:
            self.runs[site] = open_run(self.proxied, site)
        return self.runs[site]


@pytest.mark.timeout(900)
def test_in_whatever_order_nothing_is_lost_and_nothing_is_doubled(storage: Storage) -> None:
    with ProxyProcess(storage.endpoint_url or "", seed=7) as proxy:
        run_state_machine_as_test(partial(CommitProtocol, storage, proxy), settings=EXAMPLES)  # type: ignore[arg-type]

"""`make bench-reextract`: what it costs to make archived articles anew from their pages, beside cleaning these pages.

The pages are invented, of four layouts (`benchmarks.whole_crawl.web`), and lie in WARC files of a store on loopback.
The CPU is that of this process and of the children that clean; the store's is not counted.
"""

import argparse
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from benchmarks.scratch_archive import scratch_archive
from benchmarks.whole_crawl.web import page, story
from pipelines.archive.reextract import reextract
from pipelines.archive.schema import ARTICLES
from pipelines.archive.tables import Corpus
from pipelines.article import Hints, Page
from pipelines.cleaning.cleaner import clean_pages
from pipelines.cleaning.site_rules import SiteRules
from pipelines.cleaning.worker import CleaningWorker
from settings.clock import utc_now
from settings.storage import Storage
from tests.archive.invented import finish, open_run
from tests.archive.pressed import press

HOME = "http://surat.example"
LAYOUTS = 4


def pages(count: int) -> dict[str, bytes]:
    """So many pages by their URLs, an equal share of each layout."""
    told = [story(number % LAYOUTS, number, utc_now()) for number in range(count)]
    return {HOME + each.path: page(number % LAYOUTS, each, HOME) for number, each in enumerate(told)}


def archive(storage: Storage, html: dict[str, bytes], rules: SiteRules) -> None:
    """Capture, clean and archive the pages."""
    run = open_run(storage, rules.name)
    for url, body in html.items():
        press(run, url, body, rules=rules, at=utc_now())
    finish(run)


@contextmanager
def cpu(name: str, tell: Callable[[str, float], None]) -> Iterator[None]:
    """Tell the seconds of CPU that the block takes, its children that have ended included."""
    before = _spent()
    yield
    tell(name, _spent() - before)


def _spent() -> float:
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(used.ru_utime + used.ru_stime for used in usage)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure what re-extraction costs beside cleaning.")
    parser.add_argument("--pages", type=int, default=400)
    parser.add_argument("--workers", type=int, default=2, help="children that clean")
    options = parser.parse_args()
    costs: dict[str, float] = {}
    rules = SiteRules("suratkabar", title="Surat Kabar")
    html = pages(options.pages)
    with scratch_archive("reextract") as storage:
        archive(storage, html, rules)
        (first, *_) = html.items()
        clean_pages([Page(first[0], first[1], "utf-8")], url=first[0], site=rules, hints=Hints())  # loads the models
        with cpu("cleaning alone", costs.__setitem__):
            for url, body in html.items():
                clean_pages([Page(url, body, "utf-8")], url=url, site=rules, hints=Hints())
        months = Corpus(storage).months(rules.name)
        with cpu("re-extraction", costs.__setitem__):
            worker = CleaningWorker(workers=options.workers)
            found = [reextract(rules.name, month, storage=storage, rules=rules, worker=worker) for month in months]
            worker.close()
        held = Corpus(storage).count(ARTICLES)
    assert sum(each.articles for each in found) == held
    for name, seconds in costs.items():
        print(f"{name:16} {seconds * 1000 / held:6.1f} ms of CPU a page")
    print(f"cleaning is {costs['cleaning alone'] / costs['re-extraction']:.2f} of re-extraction")


if __name__ == "__main__":
    main()

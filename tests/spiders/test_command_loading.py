"""What loading our commands brings into a process."""

import subprocess
import sys


def loaded_after(statement: str, *modules: str) -> list[bool]:
    """Whether each module is loaded in a fresh process once it has run the statement."""
    asked = f"import sys; {statement}; print(*(name in sys.modules for name in {modules!r}))"
    said = subprocess.run([sys.executable, "-c", asked], capture_output=True, encoding="utf-8", check=True).stdout
    return [word == "True" for word in said.split()]


def test_the_downloader_is_loaded_before_anything_of_ours_and_chooses_no_reactor() -> None:
    downloader, ours, reactor = loaded_after(
        "import spiders.commands",
        "scrapy.core.downloader.handlers.http11",
        "pipelines",
        "twisted.internet.reactor",
    )

    assert downloader
    assert not ours
    assert not reactor


def test_loading_all_commands_as_any_of_them_does_brings_nothing_that_only_another_needs() -> None:
    unneeded = ("rich", "feedparser", "tldextract", "trafilatura", "resiliparse", "polars", "pebble", "pandas")
    others = ("pipelines.archive.maintenance.maintain", "pipelines.archive.verification.verify", "spiders.newsite")
    walked = "from scrapy.utils.misc import walk_modules_iter; list(walk_modules_iter('spiders.commands'))"

    loaded = loaded_after(walked, "pipelines.run.crawl_run", *unneeded, *others)

    assert loaded == [True] + [False] * len(unneeded + others)

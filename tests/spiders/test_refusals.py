"""What keeps a run from beginning ends it with one reason and one sentence, and nothing is asked of the site."""

import json

import pytest

from pipelines.archive.site_lock import SiteLock
from settings import crawl as crawl_settings
from settings import storage as storage_settings

NO_STORE = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s"}
"""A store that nobody runs."""


@pytest.fixture
def refused(tmp_path, web, crawl, monkeypatch):
    """Run a spider that is to be refused; returns the finish_reason and the report's failures."""

    def run(spider, arguments=None, **environment):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        storage_settings.storage.cache_clear()
        crawl_settings.crawl.cache_clear()
        path = tmp_path / "report.json"
        result = crawl(spider, settings={"REPORT_FILE": str(path)}, **(arguments or {}))
        assert web.asked == []
        report = json.loads(path.read_text(encoding="utf-8"))
        assert report["finish_reason"] == result.reason
        assert (report["looked_at"], report["outcomes"]) == (0, {})
        (failure,) = report["failures"]
        return result.reason, failure

    return run


def test_a_real_site_needs_a_contact_address(site, refused):
    reason, failure = refused(site(loopback=False))
    assert reason == "no_contact"
    assert "set KLIPING_CONTACT" in failure


def test_a_site_that_needs_permission_is_not_crawled(site, refused):
    reason, failure = refused(site(permission_needed="its robots.txt names us"))
    assert (reason, failure) == (
        "permission_needed",
        "Situs is not crawled without permission: its robots.txt names us;"
        " a consent is recorded in KLIPING_PERMISSIONS",
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"since": "kemarin"}, "YYYY-MM-DD"),
        ({"until": "24-11-2026"}, "YYYY-MM-DD"),
        ({"url": "https://elsewhere.example/read/1/a"}, "not on the hosts of Situs"),
        ({"url": "file:///etc/passwd"}, "not on the hosts of Situs"),
    ],
)
def test_a_wrong_argument_is_named(site, refused, arguments, words):
    reason, failure = refused(site(), arguments)
    assert reason == "wrong_argument"
    assert words in failure


def test_a_wrong_setting_is_named(site, refused):
    reason, failure = refused(site(), KLIPING_CONTACT="nobody")
    assert reason == "wrong_settings"
    assert "KLIPING_CONTACT" in failure


def test_a_spool_that_is_a_file_is_named(site, refused, home):
    (home / "spool").write_text("")
    reason, failure = refused(site(), {"dry_run": False})
    assert reason == "spool_damaged"
    assert "it is a file" in failure


def test_a_disk_that_is_nearly_full_is_left_as_it_is(site, refused):
    reason, failure = refused(site(), {"dry_run": False}, KLIPING_MIN_FREE_MB="900000000", **NO_STORE)
    assert reason == "disk_full"
    assert "KLIPING_MIN_FREE_MB" in failure


def test_a_site_that_is_being_crawled_is_left_alone(site, refused, home):
    lock = SiteLock(home / "spool" / "site", "another run")
    reason, failure = refused(site(), {"dry_run": False})
    lock.release()
    assert reason == "site_busy"
    assert "another run" in failure

"""What a site's tdmrep.json reserves is asked for once a day, and heeded as if each page said it itself."""

import asyncio
import json
from datetime import datetime, timedelta

import pytest

from spiders.answer import Answer as FetchedAnswer
from spiders.tdm_file import MAX_BYTES, TdmFile, TdmFiles, read_rules
from tests.archive.invented import NOON
from tests.spiders.web import Answer, article, feed

TODAY = "Tue, 24 Nov 2026 09:00:00 +0700"
PATH = "/.well-known/tdmrep.json"
ALL = json.dumps([{"location": "/", "tdm-reservation": 1}])


def reserved(rules, path: str) -> bool | None:
    found = TdmFile("https://kabar.example", NOON, read_rules(json.dumps(rules))).reservation(
        f"https://kabar.example{path}"
    )
    return found.is_reserved if found else None


@pytest.mark.parametrize(
    ("location", "path", "matches"),
    [
        ("/", "/berita/1", True),
        ("/berita", "/berita/1", True),
        ("/berita/", "/opini/1", False),
        ("/*.html", "/berita/1.html?x=1", True),
        ("/*.html$", "/berita/1.html", True),
        ("/*.html$", "/berita/1.html?x=1", False),
        ("/berita$", "/berita", True),
        ("/berita$", "/berita/1", False),
        ("*/foto/*", "/berita/foto/1", True),
        ("*", "/apa/pun", True),
        ("/*", "/", True),
        ("/a*b*c$", "/axxbxxbc", True),
        ("/ab*ab$", "/ab", False),
        ("/berita%20baru", "/berita baru/1", True),
        ("/berita-%24", "/berita-$", True),
        ("/berita?id=", "/berita?id=7", True),
        ("berita/", "/berita/1", True),
        ("", "/berita/1", True),
        (None, "/berita/1", True),
    ],
)
def test_locations_are_patterns_as_in_robots_txt(location, path, matches):
    assert (reserved([{"location": location, "tdm-reservation": 1}], path) is True) is matches


def test_the_longest_location_decides_and_of_equal_ones_the_reservation():
    rules = [
        {"location": "/", "tdm-reservation": 1, "tdm-policy": "https://kabar.example/kebijakan.json"},
        {"location": "/bebas/", "tdm-reservation": 0},
        {"location": "/sama/", "tdm-reservation": 0},
        {"location": "/sama/", "tdm-reservation": 1},
    ]
    assert reserved(rules, "/berita/1") is True
    assert reserved(rules, "/bebas/1") is False
    assert reserved(rules, "/sama/1") is True
    assert read_rules(json.dumps(rules))[0].reservation.policy == "https://kabar.example/kebijakan.json"


@pytest.mark.parametrize(
    ("stated", "is_reserved"), [(1, True), ("1", True), (0, False), ("0", False), (2, None), (None, None), ([1], None)]
)
def test_a_rule_says_one_or_zero_or_nothing(stated, is_reserved):
    assert reserved([{"location": "/", "tdm-reservation": stated}], "/x") is is_reserved
    assert reserved({"location": "/", "tdm-reservation": stated}, "/x") is is_reserved


@pytest.mark.parametrize("rules", [[], {}, "x", 7, None, [None, "x", [1]], [{"tdm-policy": "x"}]])
def test_other_json_says_nothing(rules):
    assert reserved(rules, "/x") is None


@pytest.mark.parametrize("body", ["", "{", "[" * 100_000, '[{"tdm-reservation": ' + "9" * 5000 + "}]"])
def test_what_is_not_json_is_not_such_a_file(body):
    with pytest.raises(ValueError, match=r"."):
        read_rules(body)


@pytest.mark.timeout(10)
def test_a_pattern_of_many_stars_costs_little():
    assert reserved([{"location": "/" + "a*" * 5000 + "b$", "tdm-reservation": 1}], "/" + "a" * 2000) is None


@pytest.fixture
def published(web):
    """A web with one article that its feed announces; returns its URL."""
    url = web.url("/read/1/a")
    web.pages |= {"/feed": feed((url, TODAY)), "/read/1/a": article("A")}
    return url


def looked_at(web, site, crawl, **stated):
    (visit,) = crawl(site(feeds=[web.url("/feed")], **stated), dry_run=True).visits
    return visit


@pytest.mark.usefixtures("published")
def test_the_file_speaks_for_the_pages_it_names(web, site, crawl):
    web.pages[PATH] = Answer(ALL, content_type="application/json")
    visit = looked_at(web, site, crawl, refuse_rights=("noarchive",))
    assert (visit.rights, str(visit.outcome)) == (("tdm-reservation",), "archived")
    refused = looked_at(web, site, crawl)
    assert (str(refused.outcome), refused.detail) == ("rights", "the page states tdm-reservation")
    web.pages[PATH] = json.dumps([{"location": "/opini/", "tdm-reservation": 1}])
    assert looked_at(web, site, crawl).rights == ()


@pytest.mark.parametrize(
    ("headers", "head", "rights"),
    [
        ({"TDM-Reservation": "0"}, "", ()),
        ({}, '<meta name="tdm-reservation" content="0">', ()),
        ({"TDM-Reservation": "0"}, '<meta name="tdm-reservation" content="1">', ("tdm-reservation",)),
    ],
)
def test_a_page_goes_before_the_file(web, site, crawl, published, headers, head, rights):
    web.pages |= {PATH: ALL, "/read/1/a": Answer(article("A", head=head), headers=headers)}
    assert looked_at(web, site, crawl).rights == rights
    assert published


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize(
    "answer",
    [
        Answer(status=404),
        Answer(status=403),
        Answer(status=500),
        Answer("<!doctype html><title>Beranda</title>"),
        Answer("[{"),
        Answer("[" + " " * (MAX_BYTES + 1) + "]", content_type="application/json"),
        Answer(ALL, seconds=2),
        Answer(status=302, headers={"Location": "http://127.0.0.1/"}),
    ],
    ids=["404", "403", "500", "web page", "broken", "huge", "slow", "private"],
)
def test_a_file_that_cannot_be_read_reserves_nothing_and_costs_one_request(web, site, crawl, answer):
    web.pages[PATH] = answer
    spider = site(feeds=[web.url("/feed")])
    result = crawl(spider, settings={"DOWNLOAD_TIMEOUT": 0.5, "RETRY_TIMES": 2})
    assert [(visit.rights, str(visit.outcome)) for visit in result.visits] == [((), "archived")]
    assert [asked.path for asked in web.asked].count(PATH) == 1


class TestDay:
    """What is kept of the file between runs, which keep what they fetch."""

    @pytest.fixture
    def look(self, site, crawl, home, storage, monkeypatch, published):
        """Look at the article once more, so many days later; returns the rights that it is found to have."""
        monkeypatch.setenv("AWS_ENDPOINT_URL", storage.endpoint_url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", storage.access_key_id)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", storage.secret_access_key.get_secret_value())
        monkeypatch.setenv("KLIPING_BUCKET", storage.bucket)

        def look(days_later: int = 0) -> tuple[str, ...]:
            for path in (home / "tdm").glob("*.json"):
                kept = json.loads(path.read_text())
                before = datetime.fromisoformat(kept["fetched_at"]) - timedelta(days=days_later)
                path.write_text(json.dumps({**kept, "fetched_at": before.isoformat()}))
            (visit,) = crawl(site(), url=published, dry_run=False).visits
            return visit.rights

        return look

    def asked(self, web):
        return [asked.headers.get("if-none-match") for asked in web.asked if asked.path == PATH]

    def test_it_is_asked_for_once_a_day_and_then_on_condition(self, web, look):
        web.pages[PATH] = lambda asked: (
            Answer(status=304) if "if-none-match" in asked.headers else Answer(ALL, headers={"ETag": '"v1"'})
        )
        assert [look(), look()] == [("tdm-reservation",)] * 2
        assert self.asked(web) == [None]
        assert look(days_later=1) == ("tdm-reservation",)
        assert self.asked(web) == [None, '"v1"']

    @pytest.mark.parametrize("answer", [Answer(status=503), Answer("[{"), Answer(status=403)])
    def test_what_it_reserved_stays_so_until_another_one_is_read(self, web, look, answer):
        web.pages[PATH] = ALL
        look()
        web.pages[PATH] = answer
        assert look(days_later=1) == ("tdm-reservation",)
        web.pages[PATH] = Answer(status=404)
        assert look(days_later=1) == ()


def test_a_disk_that_takes_no_file_leaves_the_run_what_the_file_says(tmp_path):
    async def fetch(url, **_options):
        return FetchedAnswer(url, url, 200, {}, ALL.encode(), is_text=True)

    (tmp_path / "penuh").write_bytes(b"")
    told: list[str] = []
    files = TdmFiles(fetch, told.append, tmp_path / "penuh")
    page = "https://kabar.example/berita/1"
    asyncio.run(files.load(page))

    assert files.reserves(page)
    [sentence] = told
    assert sentence.startswith("https://kabar.example/.well-known/tdmrep.json is not kept for the day")

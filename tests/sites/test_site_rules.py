"""What every site must be, whoever adds it: named after its file, documented, expected, proven, and alone with its
URLs.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.run.refusal import Refusal
from spiders.expect import Expect
from spiders.newsite import files
from spiders.permission import check_permission
from spiders.site import Site
from spiders.site_index import REAL, real_sites, site_files
from spiders.sites_doc import overview
from spiders.source_kinds import SOURCE_KINDS
from tests.sites.crawl import SITES as GOLDEN

PROJECT = Path(__file__).parents[2]
ALL = real_sites()
FILES = site_files([REAL])

DAG_SCHEDULES = """
import json, dags.crawl
print(json.dumps({name: getattr(dag.timetable, "expression", None) for name, dag in vars(dags.crawl).items()
                  if name.startswith("crawl_") and name != "crawl_dag"}))
"""

OBLIGATORY = set(files.KINDS)
KINDS = OBLIGATORY | {"paywall", "former layout"}

each_site = pytest.mark.parametrize("site", ALL, ids=lambda site: site.name)


@pytest.fixture(scope="module")
def dag_schedules(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str | None]:
    """The cron expression of each site's DAG by its id, None where Airflow never starts it by itself."""
    environment = {**os.environ, "AIRFLOW_HOME": str(tmp_path_factory.mktemp("airflow")), "KLIPING_DEMO": "0"}
    process = subprocess.run(
        [sys.executable, "-c", DAG_SCHEDULES],
        env=environment,
        cwd=PROJECT,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    schedules: dict[str, str | None] = json.loads(process.stdout.splitlines()[-1])
    return schedules


def test_the_field_is_covered() -> None:
    assert len(ALL) >= 40


FORMS = (
    *(
        "?apa=1",
        "?mtype=x&srsltid=y",
        "?utm_source=x&amp;utm_medium=y",
        "&utm_source=x",
        "?PHPSESSID=1a",
        ";jsessionid=1A",
    ),
    *("%20", "#page2", "#!", "?page=2", "?halaman=2", "/2", "/All", "/amp"),
)
"""What is added to the addresses of articles in the wild."""


@each_site
def test_every_form_of_an_articles_address_leads_to_it(site: Site) -> None:
    expected = json.loads((GOLDEN / site.name / "expected.json").read_text(encoding="utf-8"))
    led = {
        url.rstrip("/") + form: site.urls.article(url.rstrip("/") + form)
        for url in expected["articles"]
        for form in FORMS
    }
    assert {form: url for form, url in led.items() if not url or not form.startswith(url.rstrip("/"))} == {}


@each_site
def test_an_articles_address_has_an_end(site: Site) -> None:
    assert site.article_url.endswith(("$", "$)")), "what stands behind an article's address is another form of it"


def test_each_file_holds_the_site_of_its_name() -> None:
    assert [site.name for site in ALL] == list(FILES)
    assert [type(site).__module__ for site in ALL] == [f"spiders.sites.{name}" for name in FILES]
    assert [name for name in FILES if not re.fullmatch(r"[a-z][a-z0-9]+", name)] == []


@each_site
def test_a_site_is_8_to_30_lines(site: Site) -> None:
    """What needs more is missing from the base class."""
    lines = FILES[site.name][1].read_text(encoding="utf-8").splitlines()
    assert 8 <= len(lines) <= 30


@each_site
def test_a_newcomer_learns_what_the_site_is(site: Site) -> None:
    first, _, rest = site.description.partition("\n")
    assert len(first) > 20
    assert len(rest.split()) > 15
    assert site.title


@each_site
def test_a_site_states_what_it_is_expected_to_yield(site: Site) -> None:
    expect: Expect = site.expect
    assert expect.articles_per_day is not None
    least, most = expect.articles_per_day
    assert 0 <= least < most
    assert expect.body is not None
    assert 0.8 <= expect.body < 1
    assert expect.published_at is not None
    assert 0.8 <= expect.published_at < 1


@each_site
def test_a_site_has_sources_and_asks_them_over_https(site: Site) -> None:
    sources = [url for kind in SOURCE_KINDS for url in site.addresses(kind)]
    assert sources
    assert [url for url in (site.home, *sources) if not url.startswith("https://")] == []


@each_site
def test_a_site_is_proven_by_golden_pages(site: Site) -> None:
    assert (GOLDEN / site.name / "web.json").is_file()
    assert (GOLDEN / site.name / "expected.json").is_file()


@each_site
def test_a_sites_golden_pages_are_of_every_kind_that_it_has(site: Site) -> None:
    web = json.loads((GOLDEN / site.name / "web.json").read_text(encoding="utf-8"))
    expected = json.loads((GOLDEN / site.name / "expected.json").read_text(encoding="utf-8"))
    pages = {url: stated.get("kind") for url, stated in web.items() if stated.get("file", "").endswith(".html")}
    odd = {url: kind for url, kind in pages.items() if kind not in KINDS}
    assert not odd, f"the kind of each page in web.json is one of {sorted(KINDS)}, and not as here: {odd}"
    lacks = expected.get("lacks", {})
    missing, needless = OBLIGATORY - set(pages.values()) - set(lacks), set(lacks) & set(pages.values())
    assert not missing, f"add a page of these kinds to web.json, or say under lacks why the site has none: {missing}"
    assert not needless, f"there are pages of these kinds: take them out of lacks: {needless}"
    unsaid = [kind for kind, why in lacks.items() if len(why.split()) < 5]
    assert not unsaid, f"add pages of these kinds, or say under lacks in a sentence why the site has none: {unsaid}"


@each_site
def test_every_golden_file_answers_an_address(site: Site) -> None:
    folder = GOLDEN / site.name
    web = json.loads((folder / "web.json").read_text(encoding="utf-8"))
    named = {"web.json", "expected.json", *(stated["file"] for stated in web.values() if "file" in stated)}
    assert {path.name for path in folder.iterdir()} - named == set(), "web.json does not name these files"


def test_golden_pages_belong_to_sites() -> None:
    assert {path.parent.name for path in GOLDEN.glob("*/web.json")} <= set(FILES)


@each_site
def test_no_other_site_claims_its_articles(site: Site) -> None:
    expected = json.loads((GOLDEN / site.name / "expected.json").read_text(encoding="utf-8"))
    claimed = {url: [other.name for other in ALL if other.urls.article(url)] for url in expected["articles"]}
    assert claimed == {url: [site.name] for url in expected["articles"]}


@each_site
def test_pages_that_list_articles_are_none(site: Site) -> None:
    pages = [site.home, *(url for kind in SOURCE_KINDS for url in site.addresses(kind))]
    assert [page for page in pages if site.urls.article(page)] == []


@pytest.mark.slow  # it loads Airflow
@each_site
def test_only_sites_that_need_no_permission_are_scheduled(site: Site, dag_schedules: dict[str, str | None]) -> None:
    scheduled = None if site.permission_needed else site.staggered_schedule
    assert dag_schedules[f"crawl_{site.name}"] == scheduled


@pytest.mark.parametrize("site", [s for s in ALL if s.permission_needed], ids=lambda site: site.name)
def test_a_site_that_needs_permission_says_why_and_refuses_to_run(site: Site) -> None:
    assert len(str(site.permission_needed).split()) > 5
    with pytest.raises(Refusal) as refusal:
        check_permission(site)
    assert refusal.value.finish_reason == "permission_needed"


def test_the_overview_is_in_step() -> None:
    assert (PROJECT / "docs" / "sites.md").read_text(encoding="utf-8") == overview(ALL), (
        "write it anew: kliping sites-doc > docs/sites.md"
    )

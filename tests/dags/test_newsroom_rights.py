"""Rights on single DAGs, as the FAB auth manager has them: each sees and steers the sites whose DAGs are granted, and
hears of no other.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.dags.conftest import PROJECT
from tests.requirements import pinned

REQUIREMENTS = PROJECT / "tests" / "requirements-fab.txt"

OWN, OTHERS = "majalahsirkuit", ("kilasperanti", "nusakata")
ALL = ["kilasperanti", "majalahsirkuit", "nusakata"]

NOWHERE = "tiadaberita"

Answers = dict[str, dict[str, Any]]

pytestmark = pytest.mark.timeout(300)


def install_fab(folder: Path) -> None:
    """Put the provider, and what it needs beyond our own environment, into a folder."""
    ours = pinned("requirements.txt").keys() | pinned("requirements-test.txt").keys()
    blocks = re.findall(r"^[\w.-]+[=\[].*?(?=^\S|\Z)", REQUIREMENTS.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    wanted = [block for block in blocks if re.split(r"[=\[]", block)[0] not in ours]
    listed = folder.with_suffix(".txt")
    listed.write_text("".join(wanted), encoding="utf-8")
    install = [str(Path(sys.executable).with_name("uv")), "pip", "install", "--quiet", "--no-deps", "--require-hashes"]
    where = ["--python", sys.executable, "--target", str(folder)]
    subprocess.run([*install, *where, "-r", str(listed)], check=True)


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Answers]:
    """By user what Airflow answered."""
    home = tmp_path_factory.mktemp("home")
    install_fab(home / "fab")
    program = (sys.executable, "-m", "tests.dags.newsroom_behind_fab", home)
    found = {**os.environ, "PYTHONPATH": f"{PROJECT}{os.pathsep}{home / 'fab'}"}
    done = subprocess.run(program, cwd=PROJECT, env=found, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    answers: dict[str, Answers] = json.loads(done.stdout.splitlines()[-1])
    return answers


def of_sites(answers: Answers, *sites: str) -> list[int]:
    """The statuses of what there is of these sites."""
    return [told["status"] for request, told in answers.items() if any(f"/{site}" in request for site in sites)]


def read(answers: Answers, *sites: str) -> list[int]:
    return of_sites({request: told for request, told in answers.items() if request.startswith("GET")}, *sites)


def sent(answers: Answers, *sites: str) -> list[int]:
    return of_sites({request: told for request, told in answers.items() if request.startswith("POST")}, *sites)


@pytest.mark.parametrize("user", ["reader", "editor"])
@pytest.mark.parametrize(
    "path", ["/", "/api/sites", "/metrics", "/search?query=baterai", "/api/search?query=baterai", "/api/incidents"]
)
def test_lists_tell_of_the_sites_that_are_granted_and_of_no_other(
    asked: dict[str, Answers], user: str, path: str
) -> None:
    told = asked[user][f"GET {path}"]

    assert told["status"] == 200
    assert not set(told["sites"]) & set(OTHERS)


def test_the_overview_tells_of_the_site_that_is_granted(asked: dict[str, Answers]) -> None:
    assert asked["reader"]["GET /api/sites"]["sites"] == [OWN]
    assert asked["everybody"]["GET /api/sites"]["sites"] == ALL


@pytest.mark.parametrize("user", ["reader", "editor"])
def test_another_site_is_not_there_whatever_of_it_is_asked_for(asked: dict[str, Answers], user: str) -> None:
    found = read(asked[user], *OTHERS)

    assert len(found) > 10
    assert set(found) == {404}


@pytest.mark.parametrize("user", ["reader", "editor"])
@pytest.mark.parametrize("site", OTHERS)
def test_a_site_that_is_not_granted_answers_as_one_that_there_is_not(
    asked: dict[str, Answers], user: str, site: str
) -> None:
    assert of_sites(asked[user], site) == of_sites(asked[user], NOWHERE)
    assert set(sent(asked[user], site)) <= {403, 404}


def test_the_own_site_has_its_pages(asked: dict[str, Answers]) -> None:
    assert asked["reader"][f"GET /site/{OWN}"]["status"] == 200
    assert asked["reader"][f"GET /api/sites/{OWN}"]["status"] == 200
    assert not {401, 403} & set(read(asked["reader"], OWN))


def test_who_may_read_steers_nothing(asked: dict[str, Answers]) -> None:
    assert sent(asked["reader"], OWN) == [403, 403]
    assert set(sent(asked["everybody"], *ALL)) == {403}


def test_who_may_edit_a_site_starts_for_it_the_dags_that_he_or_she_may_trigger(asked: dict[str, Answers]) -> None:
    assert asked["editor"][f"POST /site/{OWN}/start/chosen_sites"]["status"] not in (401, 403, 404)
    assert asked["editor"][f"POST /site/{OWN}/start/doctor"]["status"] == 403


def test_the_corpus_is_for_who_may_read_its_upkeep(asked: dict[str, Answers]) -> None:
    assert [asked[user]["GET /corpus"]["status"] for user in ("reader", "editor")] == [403, 403]
    assert asked["everybody"]["GET /corpus"]["status"] == 200


@pytest.mark.parametrize(("user", "status"), [("nobody", 403), ("stranger", 401)])
def test_who_may_read_no_dag_gets_nothing(asked: dict[str, Answers], user: str, status: int) -> None:
    assert {told["status"] for told in asked[user].values()} == {status}
    assert all(told["sites"] == [] for told in asked[user].values())

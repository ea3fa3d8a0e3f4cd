"""Re-extraction in the real Airflow: it says first what would change, and leaves a month of which too much would."""

from collections.abc import Iterator
from typing import Any

import pytest
from deltalake import DeltaTable

from pipelines.archive.table_location import storage_options, table_uri
from tests.archive.invented import rows
from tests.local.deployment import Deployment, deployed, storage_of, trigger, wait_for

SITE = "nusakata"

pytestmark = [pytest.mark.timeout(1800), pytest.mark.present_time, pytest.mark.deployment]


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with deployed(tmp_path_factory.mktemp("kliping") / "home") as deployment:
        yield deployment


def bodies(deployment: Deployment) -> dict[str, str]:
    found = rows(storage_of(deployment), "articles")
    return {row["url"]: row["body"] for row in found if row["site"] == SITE}


def months(deployment: Deployment) -> list[str]:
    found = rows(storage_of(deployment), "articles")
    return sorted({row["published_month"] for row in found if row["site"] == SITE})


def reextracted(deployment: Deployment, **form: object) -> tuple[str, dict[str, str], str]:
    """A run of the DAG to its end: its state, those of its mapped tasks by their names, and what its note says."""
    run = trigger(deployment, "reextract", site=SITE, **form)
    state = wait_for(deployment, run, "success", "failed")
    listed: Any = deployment.call("GET", f"{run}/taskInstances")["task_instances"]
    tasks = {each["rendered_map_index"]: each["state"] for each in listed if each["task_id"] == "reextract"}
    return state, tasks, str(deployment.call("GET", run)["note"])


def test_months_are_looked_at_held_back_and_made_anew_by_tasks_of_their_own(deployment: Deployment) -> None:
    crawled = bodies(deployment)
    assert crawled
    of_each = months(deployment)
    assert reextracted(deployment, dry_run=True)[:2] == ("success", dict.fromkeys(of_each, "success"))
    assert bodies(deployment) == crawled

    # As if other rules had cleaned them.
    archive = storage_of(deployment)
    table = DeltaTable(table_uri(archive, "articles"), storage_options=storage_options(archive))
    table.update(predicate=f"site = '{SITE}'", updates={"body": "concat(body, ' Baca juga: berita lain')"})
    otherwise = bodies(deployment)
    state, tasks, note = reextracted(deployment)
    assert (state, tasks) == ("failed", dict.fromkeys(of_each, "failed"))
    assert f"100 % of the articles of {SITE} of {of_each[0]} would get other content, more than 10 %" in note
    assert bodies(deployment) == otherwise != crawled

    assert reextracted(deployment, at_most=100)[:2] == ("success", dict.fromkeys(of_each, "success"))
    assert bodies(deployment) == crawled

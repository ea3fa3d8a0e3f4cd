"""docs/first-look.ipynb, carried out with an analyst's keys on a corpus as a few runs leave it."""

import json
import os
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from local.seaweedfs import SeaweedFS
from pipelines.archive.search.build import build
from pipelines.archive.tables import Corpus
from pipelines.cleaning.site_rules import SiteRules
from settings.storage import Storage
from tests.analysts import keys, make_environment, running_store
from tests.archive.invented import finish, look_at, open_run, text
from tests.archive.pressed import PUBLISHED, html, press

pytestmark = [pytest.mark.present_time, pytest.mark.timeout(600)]

NOTEBOOK = Path(__file__).parents[1] / "docs" / "first-look.ipynb"
EDITED = "http://nusakata.example/baterai"

PROGRAM = """
import sys
import nbformat
from nbclient import NotebookClient

notebook = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(notebook, timeout=240, kernel_name="python3").execute()
nbformat.validate(notebook)
nbformat.write(notebook, sys.argv[2])
"""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeaweedFS]:
    """Articles of two sites over some weeks, a copy, and an article that was edited twice."""
    with running_store(tmp_path_factory.mktemp("first-look")) as (server, storage):
        fill(storage)
        build(Corpus(storage), datetime(2026, 11, 30, tzinfo=UTC))
        yield server


def fill(storage: Storage) -> None:
    run = open_run(storage, "nusakata")
    for seed in range(12):
        press(run, f"http://nusakata.example/{seed}", html(seed), rules=SiteRules("nusakata", title="Nusakata"))
    look_at(run, EDITED, f"Baterai baru. {text(1)}", headline="Baterai baru", date_published=PUBLISHED, at=PUBLISHED)
    finish(run)
    run = open_run(storage, "kabarteknik")
    press(run, "http://kabarteknik.example/salinan", html(3, day=19))
    finish(run)
    for days in (1, 2):
        run = open_run(storage, "nusakata")
        body = f"Baterai baru, ralat {days}. {text(1)}"
        at = PUBLISHED + timedelta(days=days)
        look_at(run, EDITED, body, headline="Baterai baru", date_published=PUBLISHED, at=at)
        finish(run)


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_environment(tmp_path_factory.mktemp("analysts") / "environment")


def carried_out(python: Path, server: SeaweedFS, folder: Path, *, as_reader: bool) -> list[dict[str, Any]]:
    """The outputs of the notebook's cells, in order."""
    environment = keys(server, of_a_reader=as_reader)
    ran = subprocess.run(
        [python, "-c", PROGRAM, NOTEBOOK, folder / "done.ipynb"],
        env={"PATH": f"{python.parent}:{os.environ['PATH']}", "HOME": str(folder), **environment},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    cells = json.loads((folder / "done.ipynb").read_text(encoding="utf-8"))["cells"]
    return [output for cell in cells for output in cell.get("outputs", ())]


def printed(outputs: list[dict[str, Any]]) -> str:
    said = [output.get("text") or output.get("data", {}).get("text/plain", "") for output in outputs]
    return "\n".join("".join(part) for part in said)


def test_it_runs_from_top_to_bottom_and_draws_what_it_announces(python: Path, store: SeaweedFS, tmp_path: Path) -> None:
    outputs = carried_out(python, store, tmp_path, as_reader=True)
    assert sum("image/png" in output.get("data", {}) for output in outputs) == 5
    said = printed(outputs)
    assert "13 articles of 1 sites, from 2026-11-02 to " in said
    assert "1 copies, 2 earlier versions" in said
    assert "-Baterai baru, ralat 1." in said
    assert "+Baterai baru, ralat 2." in said
    assert "**Baterai** baru, ralat 2." in said
    assert "takes keys that read the WARC files" in said
    assert not any(output["output_type"] == "error" or output.get("name") == "stderr" for output in outputs)


def test_with_the_keys_of_the_warc_files_it_shows_a_page(python: Path, store: SeaweedFS, tmp_path: Path) -> None:
    assert "<!doctype html><html lang='id'>" in printed(carried_out(python, store, tmp_path, as_reader=False))


def test_it_is_kept_without_what_it_shows() -> None:
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    assert [cell["id"] for cell in cells if cell.get("outputs") or cell.get("execution_count")] == []

"""Files that GitHub, editors and newcomers read: valid, and true of the project as it is."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
WORKFLOW = ROOT / ".github" / "workflows" / "ci.yml"

SCHEMAS = {
    ".github/workflows/*.yml": "vendor.github-workflows",
    ".github/ISSUE_TEMPLATE/[!c]*.yml": "vendor.github-issue-forms",
    ".github/ISSUE_TEMPLATE/config.yml": "vendor.github-issue-config",
    ".github/dependabot.yml": "vendor.dependabot",
}
"""GitHub's files, and the schemas of SchemaStore that check-jsonschema carries."""


def read(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


@pytest.mark.parametrize(("files", "schema"), SCHEMAS.items())
def test_what_github_reads_follows_its_schema(files: str, schema: str) -> None:
    paths = sorted(ROOT.glob(files))
    assert paths
    checked = subprocess.run(
        [BIN / "check-jsonschema", "--builtin-schema", schema, *paths], capture_output=True, text=True, check=False
    )

    assert checked.returncode == 0, checked.stdout


def test_each_file_of_github_is_checked() -> None:
    checked = {path for files in SCHEMAS for path in ROOT.glob(files)}

    assert set((ROOT / ".github").rglob("*.yml")) == checked


def test_each_job_ends_by_itself_and_may_only_read() -> None:
    workflow: dict[str, Any] = yaml.safe_load(WORKFLOW.read_text("utf-8"))

    assert workflow["permissions"] == {"contents": "read"}
    assert all(job["timeout-minutes"] for job in workflow["jobs"].values())


def test_ci_runs_on_each_python_that_the_project_promises() -> None:
    workflow: dict[str, Any] = yaml.safe_load(WORKFLOW.read_text("utf-8"))
    project = tomllib.loads(read("pyproject.toml"))["project"]
    versions = workflow["jobs"]["test"]["strategy"]["matrix"]["python"]

    assert project["requires-python"] == f">={versions[0]}"
    assert {"run": ".ci/run"} in workflow["jobs"]["test"]["steps"]


def test_hooks_run_the_checks_of_make_and_fetch_nothing() -> None:
    config: dict[str, Any] = yaml.safe_load(read(".pre-commit-config.yaml"))
    hooks = [hook for repository in config["repos"] for hook in repository["hooks"]]

    assert {repository["repo"] for repository in config["repos"]} == {"local"}
    assert {(hook["language"], hook["entry"]) for hook in hooks} == {("system", "make lint")}


def test_each_make_target_that_a_page_names_exists_and_says_what_it_does() -> None:
    described = set(re.findall(r"^([a-z-]+):.*## \S", read("Makefile"), re.MULTILINE))
    pages = ["README.md", "CONTRIBUTING.md", ".github/PULL_REQUEST_TEMPLATE.md", *(ROOT / "docs").glob("*.md")]
    # In code, not in prose: "`make test`", or a line of commands.
    named = {name for page in pages for name in re.findall(r"(?:`|^    )make ([a-z-]+)", read(str(page)), re.MULTILINE)}

    assert named - described == set()


def test_each_make_target_is_declared_phony_and_described() -> None:
    makefile = read("Makefile")
    targets = set(re.findall(r"^([a-z-]+):(?!=)", makefile, re.MULTILINE))
    (phony,) = re.findall(r"^\.PHONY: ((?:.*\\\n)*.*)", makefile, re.MULTILINE)

    assert targets == set(re.findall(r"^([a-z-]+):.*## \S", makefile, re.MULTILINE))
    assert targets == set(phony.replace("\\\n", " ").split())


def test_the_newest_version_in_the_changelog_is_the_projects() -> None:
    (version,) = set(re.findall(r"image: kliping:(\S+)", read("compose.yaml")))

    assert re.findall(r"^## \[(\d\S*)\]", read("CHANGELOG.md"), re.MULTILINE)[0] == version


def test_each_file_that_a_page_links_to_exists() -> None:
    dangling = [
        f"{page.name}: {link}"
        for page in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
        if not (page.parent / link).exists()
    ]

    assert dangling == []

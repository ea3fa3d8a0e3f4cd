"""Two lists of requirements: what runs, and what tests and checks need beside it."""

import ast
from collections.abc import Iterator
from importlib.metadata import packages_distributions

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.requirements import ROOT, pinned, run_time_packages

RUNNING = ("settings", "pipelines", "spiders", "dags", "plugins", "local", "demo")
"""The packages that run without the tools of tests."""


def test_what_both_lists_name_has_one_version() -> None:
    to_run, to_test = pinned("requirements.txt"), pinned("requirements-test.txt")
    both = to_run.keys() & to_test

    assert both
    assert {name: to_run[name] for name in both} == {name: to_test[name] for name in both}


def test_what_runs_imports_nothing_that_only_tests_have() -> None:
    distributions, to_run = packages_distributions(), set(run_time_packages())
    missing = {
        f"{module.relative_to(ROOT)}: {name}"
        for package in RUNNING
        for module in (ROOT / package).rglob("*.py")
        for name in imported(ast.parse(module.read_text("utf-8")))
        if name in distributions and not {canonicalize_name(each) for each in distributions[name]} & to_run
    }

    assert missing == set()


def test_each_list_is_compiled_from_all_that_it_is_asked_for() -> None:
    for name in ("requirements", "requirements-test"):
        lines = (ROOT / f"{name}.in").read_text("utf-8").splitlines()
        requirements = [Requirement(line.split("#")[0].strip()) for line in lines if line[:1].isalnum()]
        asked = {
            canonicalize_name(wanted.name)
            for wanted in requirements
            if wanted.marker is None or wanted.marker.evaluate()
        }
        compiled = {canonicalize_name(each.partition("[")[0]) for each in pinned(f"{name}.txt")}

        assert asked - compiled == set(), "run `make requirements`"


def imported(tree: ast.AST) -> Iterator[str]:
    """Top-level packages that a module imports when it runs; not those that it imports for its types alone."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]
        yield from imported(node)

"""What Kliping runs with may be passed on with it: the licences of requirements.txt, and its bill of materials."""

import json
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import PackageMetadata, distribution
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tests.requirements import ROOT, run_time_packages

BIN = Path(sys.executable).parent

PERMISSIVE = {
    *("0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "CNRI-Python", "ISC", "MIT", "MIT-0"),
    *("PSF-2.0", "Unlicense", "ZPL-2.1", "Zlib"),
}
"""SPDX names of licences that ask for no more than that their text and notices are passed on."""

WEAK_COPYLEFT = {"LGPL-3.0-only", "LGPL-3.0-or-later", "MPL-1.1", "MPL-2.0"}
"""Licences that bind changes to the package itself, not what imports it. We install these packages unchanged from the
registry, and whoever runs Kliping can exchange them: what the LGPL asks of a library's user."""

BY_CLASSIFIER = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",  # or another of the family: all are permissive
    "GNU Affero General Public License v3": "AGPL-3.0-only",
    "GNU Library or Lesser General Public License (LGPL)": "LGPL-3.0-or-later",  # or an older one
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
}
"""Trove classifiers in SPDX's words. One that is not here stands for itself, and so is refused."""

READ_BY_HAND = {
    "protobuf": "BSD-3-Clause",  # states "3-Clause BSD License", in words of its own
    "text-unidecode": "Artistic-1.0-Perl OR GPL-2.0-or-later",  # states both as classifiers; LICENSE lets one choose
}
"""Packages whose metadata does not say it in a form that can be judged."""

BY_CHOICE = {"Artistic-1.0-Perl"}
"""Allowed only for what READ_BY_HAND names: unchanged copies may be passed on freely."""


def stated_licence(metadata: PackageMetadata) -> str:
    """A distribution's licence as an SPDX expression: License-Expression, else classifiers, else the field License."""
    if expression := metadata.get_all("License-Expression", []):
        return str(expression[0])
    classifiers = [
        classifier.rsplit(" :: ", 1)[-1]
        for classifier in metadata.get_all("Classifier", [])
        if classifier.startswith("License :: ") and classifier != "License :: OSI Approved"
    ]
    if classifiers:
        return " AND ".join(sorted(BY_CLASSIFIER.get(name, name) for name in classifiers))
    return str(next(iter(metadata.get_all("License", [])), ""))


def is_allowed(expression: str, allowed: set[str]) -> bool:
    """Whether one of an expression's alternatives consists of allowed licences only. Parentheses are not understood."""
    return any(set(choice.split(" AND ")) <= allowed for choice in expression.split(" OR "))


def test_everything_that_kliping_runs_with_has_a_licence_that_lets_it_be_passed_on() -> None:
    stated = {
        name: READ_BY_HAND.get(name) or stated_licence(distribution(name).metadata) for name in run_time_packages()
    }
    refused = {
        name: expression
        for name, expression in stated.items()
        if not is_allowed(expression, PERMISSIVE | WEAK_COPYLEFT | (BY_CHOICE if name in READ_BY_HAND else set()))
    }

    assert len(stated) > 100
    assert refused == {}


def test_what_was_read_by_hand_is_still_installed_and_still_silent() -> None:
    for name in READ_BY_HAND:
        assert name in run_time_packages()
        assert not is_allowed(stated_licence(distribution(name).metadata), PERMISSIVE | WEAK_COPYLEFT)


@pytest.mark.parametrize(
    ("expression", "allowed"),
    [
        ("MIT", True),
        ("MPL-2.0 AND MIT", True),
        ("MPL-1.1 OR GPL-2.0-only OR LGPL-2.1-or-later", True),
        ("MIT AND GPL-3.0-only", False),
        ("AGPL-3.0-only", False),
        ("(MIT OR GPL-3.0-only) AND GPL-3.0-only", False),
        ("", False),
    ],
)
def test_one_allowed_alternative_is_enough_but_all_of_it_must_be_allowed(expression: str, allowed: bool) -> None:
    assert is_allowed(expression, PERMISSIVE | WEAK_COPYLEFT) is allowed


def test_the_project_states_its_own_licence_and_has_its_text() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

    assert project["license"] == "Apache-2.0"
    assert "Apache License\n                           Version 2.0" in (ROOT / "LICENSE").read_text("utf-8")
    assert all((ROOT / name).is_file() for name in project["license-files"])


def test_bill_of_materials_follows_its_schema_and_names_each_package_with_its_version(tmp_path: Path) -> None:
    for name in ("Makefile", "pyproject.toml", "requirements.txt", "README.md"):
        shutil.copy(ROOT / name, tmp_path / name)
    made = subprocess.run(
        ["make", "--old-file=test-environment", f"BIN={BIN}", "sbom"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    text = (tmp_path / "sbom.json").read_text("utf-8")
    bill = json.loads(text)

    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    assert bill["metadata"]["component"]["name"] == "kliping"
    assert set(run_time_packages()) <= {component["name"] for component in bill["components"]}
    assert all(component["version"] for component in bill["components"])

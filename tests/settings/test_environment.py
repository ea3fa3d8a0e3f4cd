"""A misspelt setting is named, with the one that was probably meant; and the version is stated once."""

import tomllib
from pathlib import Path

import yaml

from settings.crawl import Crawl
from settings.environment import unknown_variables
from settings.scrapy import USER_AGENT
from settings.version import VERSION

ROOT = Path(__file__).parents[2]


def test_a_misspelt_variable_is_named_with_the_one_that_was_meant() -> None:
    assert unknown_variables({"KLIPING_CONTCAT": "https://arsip.example"}) == [
        "KLIPING_CONTCAT is not a setting: did you mean KLIPING_CONTACT?"
    ]


def test_a_variable_that_resembles_none_is_named_alone() -> None:
    assert unknown_variables({"KLIPING_QQQQ": "1"}) == ["KLIPING_QQQQ is not a setting"]


def test_settings_and_the_variables_of_others_are_left_alone() -> None:
    environment = {
        "KLIPING_HOME": "/",
        "KLIPING_RETRY_HOURS": "1",
        "KLIPING_UI_PORT": "1",
        "KLIPING_BENCH_IDBENCH": "/",
    }
    assert unknown_variables({**environment, "AWS_REGION": "x", "PATH": "/bin"}) == []


def test_the_version_is_stated_in_one_place_which_all_others_read() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text())

    assert project["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "settings.version.VERSION"}
    assert "version" not in project["project"]
    assert compose["x-kliping"]["image"] == f"kliping:{VERSION}"
    assert f"Kliping/{VERSION}" == USER_AGENT
    assert Crawl(contact=None).user_agent.startswith(f"Kliping/{VERSION} ")

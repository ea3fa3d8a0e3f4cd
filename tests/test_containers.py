"""Dockerfile and compose.yaml, as far as they can be judged without a container engine."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return content


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_hadolint_finds_nothing_in_the_dockerfile() -> None:
    found = run(BIN / "hadolint", "Dockerfile")

    assert (found.returncode, found.stdout) == (0, "")


def test_hadolint_would_complain_of_a_base_image_without_a_version(tmp_path: Path) -> None:
    careless = tmp_path / "Dockerfile"
    careless.write_text("FROM python\n")

    assert "DL3006" in run(BIN / "hadolint", careless).stdout


def test_compose_file_follows_the_compose_specification() -> None:
    found = run(BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", "compose.yaml")

    assert found.returncode == 0, found.stdout


def test_image_runs_as_a_user_other_than_root_from_a_pinned_base() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()

    assert re.search(r"^ARG BASE=python:3\.\d+\.\d+-slim-\w+$", dockerfile, re.MULTILINE)
    assert re.findall(r"^USER (.*)$", dockerfile, re.MULTILINE) == ["10001"]


def test_every_package_the_project_imports_is_copied_into_the_image() -> None:
    dockerfile, ignored = (ROOT / "Dockerfile").read_text(), (ROOT / ".dockerignore").read_text().splitlines()

    for package in ("settings", "pipelines", "spiders", "dags", "plugins"):
        assert f"COPY {package} {package}" in dockerfile
        assert f"!{package}" in ignored


def test_services_publish_ports_on_loopback_only(compose: dict[str, Any]) -> None:
    published = [port for service in compose["services"].values() for port in service.get("ports", ())]

    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_every_service_that_stays_restarts_and_has_a_healthcheck(compose: dict[str, Any]) -> None:
    staying = {name: service for name, service in compose["services"].items() if name != "init"}
    of_the_image = {"api-server"}  # the Dockerfile's own healthcheck is the api-server's

    assert all(service["restart"] == "unless-stopped" for service in staying.values())
    assert {name for name, service in staying.items() if "healthcheck" not in service} == of_the_image
    assert "HEALTHCHECK" in (ROOT / "Dockerfile").read_text()


def test_images_are_pinned(compose: dict[str, Any]) -> None:
    images = [service["image"] for service in compose["services"].values()]

    assert all(re.fullmatch(r"[\w/]+:\d+\.\d+[\w.-]*", image) for image in images)


def test_index_is_on_postgresql_and_the_spool_on_a_volume(compose: dict[str, Any]) -> None:
    worker = compose["services"]["worker"]

    assert worker["environment"]["KLIPING_INDEX_URL"].startswith("postgresql")
    assert "home:/var/lib/kliping/home" in worker["volumes"]
    assert "ENV" in (dockerfile := (ROOT / "Dockerfile").read_text())
    assert "KLIPING_HOME=/var/lib/kliping/home" in dockerfile


def test_example_of_secrets_names_each_variable_that_compose_demands() -> None:
    demanded = set(re.findall(r"\$\{(\w+):\?", (ROOT / "compose.yaml").read_text()))
    exampled = set(re.findall(r"^(\w+)=$", (ROOT / ".env.example").read_text(), re.MULTILINE))

    assert demanded == exampled


def test_no_secret_has_a_value_in_the_compose_file(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for name, value in service.get("environment", {}).items():
            if re.search("PASSWORD$|SECRET|_KEY", name):
                assert "${" in value or name.endswith("PASSWORD_FILE"), name

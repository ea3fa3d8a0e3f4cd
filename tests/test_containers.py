"""Dockerfile and compose.yaml, as far as they can be judged without a container engine."""

import ast
import base64
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from airflow.configuration import conf

from local.store_roles import ROLES
from tests.dockerfile import build_context, copy_of, instructions

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
    return content


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_hadolint_finds_nothing_in_the_dockerfile() -> None:
    found = run(BIN / "hadolint", "Dockerfile")

    assert (found.returncode, found.stdout) == (0, "")


def test_compose_file_follows_the_compose_specification() -> None:
    found = run(BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", "compose.yaml")

    assert found.returncode == 0, found.stdout


def test_image_runs_as_a_user_other_than_root_from_a_pinned_base() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text("utf-8")

    assert re.search(r"^ARG BASE=python:3\.\d+\.\d+-slim-\w+$", dockerfile, re.MULTILINE)
    assert re.findall(r"^USER (.*)$", dockerfile, re.MULTILINE) == ["10001"]


def test_each_file_that_the_dockerfile_copies_is_in_the_repository_and_in_the_build_context() -> None:
    sources = [source for source in copied() if not in_folder(source, build_files())]

    assert copied()
    assert sources == []


def test_the_build_context_holds_nothing_that_is_not_copied() -> None:
    spare = [file for file in build_files() if not any(in_folder(source, [file]) for source in copied())]

    assert spare == []


def test_each_module_of_the_project_that_the_image_imports_is_in_it() -> None:
    in_image = [file for file in build_files() if file.endswith(".py")]
    of_the_project = {file.split("/")[0] for file in tracked_files() if file.endswith(".py") and "/" in file}
    imported = {name for file in in_image for name in imports(ROOT / file)} & of_the_project

    assert imported >= {"settings", "pipelines", "spiders"}
    assert imported <= {file.split("/")[0] for file in in_image}


def test_a_pattern_of_dockerignore_ends_at_the_folder_and_the_last_one_decides() -> None:
    files = ["README.md", "dags/crawl.py", "dags/__pycache__/crawl.pyc", "dags2/crawl.py"]

    assert build_context("# all\n*\n!dags\n**/__pycache__\n", files) == ["dags/crawl.py"]


def tracked_files() -> list[str]:
    """What a clone of the repository has."""
    return run("git", "ls-files").stdout.splitlines()


def build_files() -> list[str]:
    """What a clone sends to the container engine."""
    return build_context((ROOT / ".dockerignore").read_text("utf-8"), tracked_files())


def copied() -> list[str]:
    """What the Dockerfile takes from the build context."""
    steps = instructions((ROOT / "Dockerfile").read_text("utf-8"))
    copies = [copy_of(step) for step in steps if step.keyword == "COPY"]
    return [source for copy in copies if copy.stage is None for source in copy.sources]


def in_folder(folder: str, files: list[str]) -> bool:
    """Whether one of the files is `folder` itself or lies in it."""
    return any(file == folder or file.startswith(f"{folder}/") for file in files)


def imports(module: Path) -> set[str]:
    """Top-level packages that a module imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


def test_services_publish_ports_on_loopback_only(compose: dict[str, Any]) -> None:
    published = [port for service in compose["services"].values() for port in service.get("ports", ())]

    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_every_service_that_stays_restarts_and_has_a_healthcheck(compose: dict[str, Any]) -> None:
    staying = {name: service for name, service in compose["services"].items() if name != "init"}
    of_the_image = {"api-server"}  # the Dockerfile's own healthcheck is the api-server's

    assert all(service["restart"] == "unless-stopped" for service in staying.values())
    assert {name for name, service in staying.items() if "healthcheck" not in service} == of_the_image
    assert "HEALTHCHECK" in (ROOT / "Dockerfile").read_text("utf-8")


def test_the_newsroom_is_shown_by_the_api_server_which_only_looks_into_the_spool(compose: dict[str, Any]) -> None:
    folder = "AIRFLOW__CORE__PLUGINS_FOLDER"
    environments = {name: service.get("environment", {}) for name, service in compose["services"].items()}
    having = {name: known[folder] for name, known in environments.items() if folder in known}
    server = compose["services"]["api-server"]

    assert having == {"api-server": "/srv/kliping/plugins", "scheduler": "/srv/kliping/plugins/scheduler"}
    assert "home:/var/lib/kliping/home:ro" in server["volumes"]
    assert "index_url" not in server["secrets"]


def test_images_are_pinned(compose: dict[str, Any]) -> None:
    images = [service["image"] for service in compose["services"].values()]

    assert all(re.fullmatch(r"[\w/]+:\d+\.\d+[\w.-]*", image) for image in images)


def test_index_is_on_postgresql_and_the_spool_on_a_volume(compose: dict[str, Any]) -> None:
    worker = compose["services"]["worker"]

    assert worker["environment"]["KLIPING_INDEX_URL_FILE"] == "/run/secrets/index_url"
    assert "home:/var/lib/kliping/home" in worker["volumes"]
    assert "ENV" in (dockerfile := (ROOT / "Dockerfile").read_text("utf-8"))
    assert "KLIPING_HOME=/var/lib/kliping/home" in dockerfile


def test_example_of_secrets_names_each_variable_that_compose_demands() -> None:
    demanded = set(re.findall(r"\$\{(\w+):\?", (ROOT / "compose.yaml").read_text("utf-8")))
    exampled = set(re.findall(r"^(\w+)=$", (ROOT / ".env.example").read_text("utf-8"), re.MULTILINE))

    assert demanded == exampled


def test_no_secret_is_in_the_environment_of_a_container(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for name in service.get("environment", {}):
            if re.search("PASSWORD|SECRET|_KEY|_CONN|BROKER_URL|RESULT_BACKEND|INDEX_URL", name):
                assert name.endswith(("_FILE", "_CMD")), name


def test_each_container_is_given_the_secrets_that_it_reads_and_no_other(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        stated = yaml.safe_dump([service.get(key) for key in ("environment", "command", "healthcheck")])
        assert set(re.findall(r"/run/secrets/(\w+)", stated)) == set(service.get("secrets", ())), name


def test_the_secrets_that_compose_names_are_made_once_for_their_owner(compose: dict[str, Any], tmp_path: Path) -> None:
    made = [run("./compose-secrets.sh", tmp_path / "secrets") for _ in range(2)]
    first = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}

    assert [each.returncode for each in made] == [0, 0]
    assert set(first) == set(compose["secrets"])
    assert (tmp_path / "secrets").stat().st_mode & 0o077 == 0
    assert first["index_url"] == f"postgresql+psycopg2://kliping:{first['postgres_password']}@postgres/kliping"
    assert len(base64.urlsafe_b64decode(first["airflow_fernet_key"])) == 32
    assert len(first["airflow_jwt_secret"]) >= 64
    assert not any(re.search(r"\s", value) for value in first.values())


def test_the_store_s_roles_may_do_what_they_may_on_one_machine(compose: dict[str, Any]) -> None:
    (command,) = compose["services"]["seaweedfs"]["command"][2:]
    [stated] = re.findall(r"printf '([^']+)'", command)
    served = {each["name"]: each["actions"] for each in json.loads(stated)["identities"]}
    keys = re.findall(r"/run/secrets/(\w+)", command)

    assert served == {"kliping": ["Admin"], **{role.name: role.actions("kliping") for role in ROLES.values()}}
    assert keys == [
        f"{owner}_{part}" for owner in ("aws", *list(served)[1:]) for part in ("access_key_id", "secret_access_key")
    ]


def test_airflow_reads_each_secret_by_a_command(compose: dict[str, Any]) -> None:
    commands = [name for name in compose["x-environment"] if name.endswith("_CMD")]
    known = {f"AIRFLOW__{section}__{key}_CMD".upper() for section, key in conf.sensitive_config_values}

    assert commands
    assert set(commands) <= known


def test_roots_are_read_only(compose: dict[str, Any]) -> None:
    assert all(service["read_only"] and "/tmp" in service["tmpfs"] for service in compose["services"].values())  # noqa: S108


def test_only_those_who_crawl_or_show_the_archive_reach_the_store_and_only_its_locked_port(
    compose: dict[str, Any],
) -> None:
    reaching = {name for name, service in compose["services"].items() if "store" in service.get("networks", ())}
    (command,) = compose["services"]["seaweedfs"]["command"][2:]

    assert reaching == {"seaweedfs", "worker", "api-server"}
    assert compose["services"]["seaweedfs"]["networks"] == ["store"]
    assert re.findall(r"-(\S*ip\S*)=(\S+)", command) == [
        ("ip", "127.0.0.1"),
        ("ip.bind", "127.0.0.1"),
        ("s3.ip.bind", "0.0.0.0"),  # noqa: S104 - what is compared with
    ]

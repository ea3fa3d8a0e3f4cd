"""deploy/kubernetes, as far as it can be judged without a cluster, Helm and the chart."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from airflow.configuration import conf

from settings.version import VERSION

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "deploy" / "kubernetes"
TASKS = "workers"
SERVICES = {  # the chart's names, and compose.yaml's
    "scheduler": "scheduler",
    "dagProcessor": "dag-processor",
    "triggerer": "triggerer",
    "apiServer": "api-server",
}
COMPONENTS = (TASKS, *SERVICES)

Values = dict[str, Any]


@pytest.fixture(scope="module")
def values() -> Values:
    content: Values = yaml.safe_load((FOLDER / "values.yaml").read_text("utf-8"))
    return content


@pytest.fixture(scope="module")
def compose() -> Values:
    content: Values = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
    return content


def requirements(path: Path) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)==([\w.]+)", path.read_text("utf-8"), re.MULTILINE))


def part_of(values: Values, component: str) -> Values:
    part: Values = values[component]["kubernetes"] if component == TASKS else values[component]
    return part


def environment(part: Values) -> dict[str, str]:
    return {variable["name"]: variable["value"] for variable in part.get("env", ())}


def secret_files(part: object) -> set[str]:
    """The files of secrets that are read, by folder and name."""
    return set(re.findall(r"/run/secrets/(\w+/\w+)", yaml.safe_dump(part)))


def test_it_is_this_version_on_the_airflow_that_is_pinned(values: Values) -> None:
    assert values["airflowVersion"] == requirements(ROOT / "requirements.txt")["apache-airflow"]
    assert values["defaultAirflowTag"] == VERSION
    dockerfile = (FOLDER / "Dockerfile").read_text("utf-8")
    assert f"{values['defaultAirflowRepository']}:{VERSION}" in dockerfile
    assert f"ARG KLIPING=kliping:{VERSION}" in dockerfile


def test_its_image_has_what_the_executor_and_the_logs_in_s3_need_beside_what_all_have(values: Values) -> None:
    added, all_have = requirements(FOLDER / "requirements.txt"), requirements(ROOT / "requirements.txt")

    assert values["executor"] == "KubernetesExecutor"
    assert "apache-airflow-providers-cncf-kubernetes" in added
    assert values["config"]["logging"]["remote_base_log_folder"].startswith("s3://")
    assert "apache-airflow-providers-amazon" in added
    assert {name: version for name, version in added.items() if all_have.get(name, version) != version} == {}


def test_hadolint_finds_nothing_in_its_dockerfile() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    found = subprocess.run([hadolint, "Dockerfile"], cwd=FOLDER, capture_output=True, text=True, check=False)

    assert (found.returncode, found.stdout) == (0, "")


def test_it_runs_as_the_image_s_user(values: Values) -> None:
    [number] = re.findall(r"^USER (\d+)$", (ROOT / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    context = values["securityContexts"]["pod"]

    assert {values["uid"], values["gid"], *(context[key] for key in ("runAsUser", "runAsGroup", "fsGroup"))} == {
        int(number)
    }


def test_it_is_confined_as_in_compose(values: Values, compose: Values) -> None:
    contexts = values["securityContexts"]

    assert set(contexts) == {"pod", "containers"}, "the chart reads no other key, and passes over it in silence"
    assert contexts["pod"]["runAsNonRoot"] is True
    assert contexts["containers"]["capabilities"]["drop"] == compose["services"]["worker"]["cap_drop"] == ["ALL"]
    assert contexts["containers"]["allowPrivilegeEscalation"] is False
    assert compose["services"]["worker"]["security_opt"] == ["no-new-privileges:true"]


def test_only_who_starts_pods_or_reads_their_logs_may_talk_to_kubernetes(values: Values) -> None:
    without_token = {
        component
        for component in (*COMPONENTS, "migrateDatabaseJob")
        if part_of(values, component).get("serviceAccount", {}).get("automountServiceAccountToken") is False
    }
    assert without_token == {TASKS, "dagProcessor", "triggerer", "migrateDatabaseJob"}
    assert part_of(values, TASKS)["serviceAccount"]["create"] is True


def test_its_probes_are_compose_s_health_checks_since_airflow_s_image_is_not_ours(
    values: Values, compose: Values
) -> None:
    for component, service in SERVICES.items():
        if component == "apiServer":  # asked over HTTP by the chart
            continue
        kind, *command = compose["services"][service]["healthcheck"]["test"]
        probes = [values[component][probe] for probe in ("startupProbe", "livenessProbe") if probe in values[component]]
        assert kind == "CMD"
        assert [probe["command"] for probe in probes] == [command] * len(probes) != []
    assert values["config"]["scheduler"]["enable_health_check"] == "True"


def test_users_are_those_of_airflow_s_own_auth_manager_since_the_chart_s_is_not_installed(values: Values) -> None:
    core = values["config"]["core"]

    assert core["auth_manager"] == conf.get_default_value("core", "auth_manager")
    assert core["auth_manager"].endswith(".SimpleAuthManager")
    assert core["simple_auth_manager_users"] == "admin:admin"
    assert values["createUserJob"] == {"enabled": False}


def test_each_variable_is_a_string_as_the_chart_s_schema_wants_it(values: Values) -> None:
    stated = [
        *values["env"],
        *(entry for component in COMPONENTS for entry in part_of(values, component).get("env", ())),
    ]

    assert [entry for entry in stated if set(entry) != {"name", "value"} or not isinstance(entry["value"], str)] == []


def test_each_secret_that_is_read_is_one_that_compose_has_or_the_file_of_passwords(
    values: Values, compose: Values
) -> None:
    read = {path.split("/")[1] for path in secret_files(values)}

    assert read - {"airflow_users"} <= set(compose["secrets"])
    assert {"airflow_fernet_key", "airflow_jwt_secret", "index_url", "aws_secret_access_key"} <= read


def test_no_secret_but_the_logs_connection_is_in_an_environment(values: Values) -> None:
    stated = [environment(values), *(environment(part_of(values, component)) for component in COMPONENTS)]
    secret = "PASSWORD|SECRET|_KEY|_CONN|INDEX_URL"
    for name in (name for variables in stated for name in variables if re.search(secret, name)):
        assert name.endswith(("_FILE", "_CMD")), name
    assert [entry["envName"] for entry in values["secret"]] == ["AIRFLOW_CONN_KLIPING_LOGS"]
    assert values["config"]["logging"]["remote_log_conn_id"] == "kliping_logs"


def test_the_store_s_keys_are_mounted_where_they_are_read_and_the_index_s_for_tasks_alone(values: Values) -> None:
    for component in COMPONENTS:
        part = part_of(values, component)
        mounted = {mount["mountPath"] for mount in part.get("extraVolumeMounts", ())}
        assert ("/run/secrets/store" in mounted) is bool(secret_files(part) - secret_files(values["volumes"])), (
            component
        )
        assert ("/run/secrets/store" in mounted) is (component in (TASKS, "apiServer"))
    items = next(volume for volume in values["apiServer"]["extraVolumes"] if volume["name"] == "store-secrets")
    assert "index_url" not in yaml.safe_dump(items)


def test_each_mount_has_its_volume(values: Values) -> None:
    for part, volumes, mounts in (
        (values, "volumes", "volumeMounts"),
        *((part_of(values, component), "extraVolumes", "extraVolumeMounts") for component in COMPONENTS),
    ):
        assert [v["name"] for v in part.get(volumes, ())] == [m["name"] for m in part.get(mounts, ())]


def test_airflow_reads_each_of_its_secrets_by_a_command_and_knows_each_option(values: Values) -> None:
    commands = {name for name in environment(values) if name.endswith("_CMD")}
    known = {f"AIRFLOW__{section}__{key}_CMD".upper() for section, key in conf.sensitive_config_values}
    built_in = values["enableBuiltInSecretEnvVars"]

    assert commands
    assert commands <= known
    assert not any(built_in.values())
    # The chart refuses a name that it does not know.
    assert {name.removesuffix("_CMD") for name in commands} | {"AIRFLOW_CONN_AIRFLOW_DB"} == set(built_in)
    assert [option for option in options(values["config"]) if not conf.has_option(*option)] == []


def options(config: Values) -> Iterator[tuple[str, str]]:
    return ((section, name) for section, stated in config.items() for name in stated)


def test_components_see_the_plugins_that_they_have_in_compose(values: Values, compose: Values) -> None:
    folder = "AIRFLOW__CORE__PLUGINS_FOLDER"
    for component, service in (("apiServer", "api-server"), ("scheduler", "scheduler")):
        assert environment(values[component])[folder] == compose["services"][service]["environment"][folder]


def test_the_home_outlives_pods_and_is_only_read_by_the_newsroom(values: Values) -> None:
    homes = {
        component: next(v for v in part_of(values, component)["extraVolumes"] if v["name"] == "home")[
            "persistentVolumeClaim"
        ]
        for component in (TASKS, "apiServer")
    }
    assert homes == {
        "workers": {"claimName": "kliping-home"},
        "apiServer": {"claimName": "kliping-home", "readOnly": True},
    }


def test_each_component_has_a_request_for_memory_and_tasks_have_a_limit(values: Values) -> None:
    assert all(part_of(values, component)["resources"]["requests"]["memory"] for component in COMPONENTS)
    assert part_of(values, TASKS)["resources"]["limits"]["memory"] == "1Gi"


def test_the_chart_s_version_is_pinned_and_is_the_one_that_the_page_speaks_of() -> None:
    [version] = re.findall(r"--version=([\d.]+)", (FOLDER / "values.yaml").read_text("utf-8"))

    assert f"chart {version}" in (ROOT / "docs" / "kubernetes.md").read_text("utf-8")


def test_its_page_says_how_each_claim_and_secret_comes_to_be(values: Values) -> None:
    page = (ROOT / "docs" / "kubernetes.md").read_text("utf-8")
    named = set(re.findall(r"(?:secretName|claimName): ([\w-]+)", yaml.safe_dump(values)))

    assert named == {"kliping-airflow", "kliping-store", "kliping-logs", "kliping-home"}
    assert all(name in page for name in named)

"""The command `kliping`: what it answers where nothing runs, and one sentence for each thing that can be in its way."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from local.__main__ import COMMANDS
from local.processes import DEPLOYMENT_VARIABLE, deployment_processes
from local.seaweedfs import free_s3_port
from settings.version import VERSION

ROOT = Path(__file__).parents[2]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def local(command: str, home: Path, *options: str, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "KLIPING_"))}
    return subprocess.run(
        [sys.executable, "-m", "local", command, *options],
        cwd=ROOT,
        env={**kept, "KLIPING_HOME": str(home), **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def sentence(ended: subprocess.CompletedProcess[str]) -> str:
    """What a failed command said; fails where that is no single sentence."""
    assert ended.returncode == 1
    assert len(ended.stderr.splitlines()) == 1, ended.stderr
    return ended.stderr


def test_where_nothing_runs_status_fails_and_down_does_not(home: Path) -> None:
    assert local("status", home).returncode == 1
    assert local("down", home).returncode == 0
    assert not home.exists()


def test_up_names_a_home_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    assert f"cannot write to {tmp_path}/file/home: Not a directory" in sentence(local("up", tmp_path / "file" / "home"))


@pytest.mark.parametrize("variable", ["KLIPING_UI_PORT", "KLIPING_DEMO_PORT", "KLIPING_S3_PORT"])
def test_up_names_a_taken_port_and_leaves_nothing_running(home: Path, variable: str) -> None:
    s3_port = free_s3_port()
    ports = {
        "KLIPING_S3_PORT": str(s3_port),
        "KLIPING_UI_PORT": str(s3_port + 5),
        "KLIPING_DEMO_PORT": str(s3_port + 6),
    }
    with socket.socket() as other:
        other.bind(("127.0.0.1", int(ports[variable])))
        other.listen()
        said = sentence(local("up", home, **ports))

    assert f"port {ports[variable]} of 127.0.0.1" in said
    assert variable in said
    assert deployment_processes(home) == set()
    assert local("status", home).returncode == 1


def test_up_names_a_wrong_setting(home: Path) -> None:
    assert "KLIPING_UI_PORT" in sentence(local("up", home, KLIPING_UI_PORT="eighty"))


def test_up_names_a_wrong_setting_of_the_crawls_before_anything_is_started(home: Path) -> None:
    assert "KLIPING_CONTACT" in sentence(local("up", home, KLIPING_CONTACT="nobody"))
    assert not home.exists()


def test_a_misspelt_setting_is_named_with_the_one_that_was_meant(home: Path) -> None:
    ended = local("down", home, KLIPING_UI_PROT="8081")

    assert ended.returncode == 0
    assert ended.stderr == "Kliping: KLIPING_UI_PROT is not a setting: did you mean KLIPING_UI_PORT?\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_that_needs_no_packages(command: str) -> None:
    helped = subprocess.run(
        [sys.executable, "-S", "-m", "local", command, "--help"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert (helped.returncode, helped.stderr) == (0, "")
    assert COMMANDS[command][1:] in " ".join(helped.stdout.split())


def test_a_command_that_is_not_one_is_wrong_usage(home: Path) -> None:
    ended = local("clean", home)

    assert ended.returncode == 2
    assert "invalid choice: 'clean'" in ended.stderr


def test_documents_that_are_printed_are_those_in_docs(home: Path) -> None:
    sites, columns = local("sites-doc", home), local("data-format", home)

    assert sites.stdout == (ROOT / "docs" / "sites.md").read_text()
    assert (ROOT / "docs" / "data-format.md").read_text().endswith(columns.stdout)


def test_the_page_for_site_owners_names_us_and_how_to_opt_out(home: Path) -> None:
    page = local("owners-page", home, KLIPING_CONTACT="redaksi@kliping.example").stdout

    assert f"Kliping/{VERSION} (+redaksi@kliping.example)" in page
    assert 'href="mailto:redaksi@kliping.example"' in page
    assert "User-agent: kliping" in page
    assert "$" not in page


def test_there_is_no_page_for_site_owners_without_a_contact(home: Path) -> None:
    assert "set KLIPING_CONTACT" in sentence(local("owners-page", home))


def test_state_is_for_its_owner_alone_also_that_of_an_earlier_version(home: Path) -> None:
    for name in (
        "airflow/airflow.db",
        "logs/demo.log",
        "s3/1.dat",
        "spool/situs/batch.json",
        "index.db",
        "catatan.txt",
    ):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).touch()
        (home / name).chmod(0o664)

    assert local("down", home).returncode == 0

    modes = {path.relative_to(home).parts: path.stat().st_mode & 0o077 for path in home.rglob("*")}
    assert modes.pop(("catatan.txt",)) == 0o064
    assert set(modes.values()) == {0}


def test_env_prints_what_a_shell_evaluates(home: Path) -> None:
    printed = local("env", home, KLIPING_S3_PORT="22003").stdout
    evaluated = subprocess.run(
        ["bash", "-c", 'eval "$1"; echo "$KLIPING_HOME $AWS_ENDPOINT_URL"', "bash", printed],
        capture_output=True,
        text=True,
        check=True,
    )

    assert evaluated.stdout == f"{home} http://127.0.0.1:22003\n"


def test_env_prints_the_keys_of_each_role_which_no_other_has(home: Path) -> None:
    administrators = local("env", home).stdout
    of_roles = [local("env", home, f"--{role}").stdout for role in ("reader", "publisher", "crawler")]
    keys = [set(re.findall(r"AWS_\w*KEY\w*=\S+", printed)) for printed in (administrators, *of_roles)]

    assert all("export AWS_ALLOW_HTTP=true" in printed for printed in of_roles)
    assert [len(each) for each in keys] == [2, 2, 2, 2]
    assert len(set.union(*keys)) == 8
    assert ["KLIPING_HOME" in printed for printed in of_roles] == [False, False, True]


def test_the_keys_of_a_reader_of_a_foreign_store_are_its_administrators_to_make(home: Path) -> None:
    said = sentence(local("env", home, "--reader", AWS_ENDPOINT_URL="http://127.0.0.1:9"))

    assert "http://127.0.0.1:9 is not this machine's" in said


def test_the_index_is_rebuilt_from_the_store_that_the_environment_names(home: Path) -> None:
    said = sentence(local("rebuild-index", home, AWS_ENDPOINT_URL="http://127.0.0.1:9", AWS_ACCESS_KEY_ID="k"))

    assert "http://127.0.0.1:9" in said


@pytest.mark.parametrize("command", ["corpus", "news"])
def test_what_needs_a_running_deployment_says_so(home: Path, command: str) -> None:
    home.mkdir()

    assert "Kliping is not running; make up starts it" in sentence(local(command, home))


def test_reset_removes_nothing_without_a_yes(home: Path) -> None:
    (home / "s3").mkdir(parents=True)

    assert "nobody said yes" in sentence(local("reset", home))
    assert (home / "s3").exists()


def test_reset_removes_what_is_ours_and_nothing_else(home: Path) -> None:
    for name in ("s3", "spool", "airflow", "secrets", "demo"):
        (home / name).mkdir(parents=True)
    (home / "index.db").touch()
    (home / "letters.txt").touch()

    assert local("reset", home, "--yes").returncode == 0
    assert [path.name for path in home.iterdir()] == ["letters.txt"]


def test_reset_removes_a_home_that_is_empty_then(home: Path) -> None:
    (home / "s3").mkdir(parents=True)

    assert local("reset", home, "--yes").returncode == 0
    assert not home.exists()


def test_reset_takes_links_away_and_not_what_they_lead_to(home: Path, tmp_path: Path) -> None:
    (tmp_path / "larger-disk").mkdir()
    (tmp_path / "larger-disk" / "kept").touch()
    home.mkdir()
    (home / "s3").symlink_to(tmp_path / "larger-disk")
    (home / "index.db").symlink_to("nowhere")
    ended = local("reset", home, "--yes")

    assert ended.returncode == 0, ended.stderr
    assert f"what it led to stays: {tmp_path / 'larger-disk'}" in ended.stdout
    assert (tmp_path / "larger-disk" / "kept").exists()
    assert not home.exists()


def test_reset_of_a_home_behind_a_link_removes_what_is_ours_there_and_keeps_the_link(
    home: Path, tmp_path: Path
) -> None:
    (tmp_path / "larger-disk" / "run").mkdir(parents=True)
    (tmp_path / "larger-disk" / "run" / "lock").touch()
    (tmp_path / "larger-disk" / "s3").mkdir()
    home.symlink_to(tmp_path / "larger-disk")

    assert local("reset", home, "--yes").returncode == 0
    assert home.is_symlink()
    assert list((tmp_path / "larger-disk").iterdir()) == []


def test_reset_removes_nothing_behind_a_link_to_a_folder_where_kliping_never_ran(home: Path, tmp_path: Path) -> None:
    (tmp_path / "letters" / "logs").mkdir(parents=True)
    home.symlink_to(tmp_path / "letters")

    assert "where Kliping never ran" in sentence(local("reset", home, "--yes"))
    assert (tmp_path / "letters" / "logs").exists()


def test_reset_removes_nothing_where_the_home_leads_to_the_program_itself(home: Path) -> None:
    home.symlink_to(ROOT)

    assert "holds Kliping's own program" in sentence(local("reset", home, "--yes"))
    assert (ROOT / "demo" / "__init__.py").exists()


def test_reset_refuses_while_something_runs_and_down_stops_it(home: Path) -> None:
    (home / "s3").mkdir(parents=True)
    with subprocess.Popen(
        ["sleep", "60"], start_new_session=True, env={**os.environ, DEPLOYMENT_VARIABLE: str(home)}
    ) as left_over:
        assert "make down first" in sentence(local("reset", home, "--yes"))
        assert local("down", home).returncode == 0
        assert left_over.wait(timeout=120) != 0

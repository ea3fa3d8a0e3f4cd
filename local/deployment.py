"""Start, stop and examine the single-machine deployment: SeaweedFS, the demo web and Airflow's components."""

import fcntl
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from local.airflow import COMPONENTS, SCHEDULER, AirflowApi, ApiError
from local.credentials import ADMIN, Credentials, password
from local.env import WORKER, postgresql_folder, store_settings, variables
from local.processes import DEPLOYMENT_VARIABLE, deployment_processes, last_words
from local.seaweedfs import HOST
from local.services import DATABASE, KEEPERS, QUEUE, STORE, Database, Service, Store, end, services, stop
from local.settings import ROOT, Machine, clear_state, differences, load_state, save_state
from local.valkey import broker_url
from pipelines.archive.bucket import Bucket
from settings.crawl import POOL
from settings.secrets import OTHERS_RIGHTS

CRAWL_SLOTS = 3
"""Crawls at once on one machine, of four worker processes: one is left for everything else."""

MIGRATION_TIMEOUT_SECONDS = 300.0
"""For Airflow to make or upgrade its database. Measured: 10 to 25."""

HEALTH_TIMEOUT_SECONDS = 240.0
"""For Airflow's components to report to be healthy. Measured: 25 to 80, slowest where nothing is compiled yet."""

SCHEDULER_GRACE_SECONDS = 8.0
COMPONENT_GRACE_SECONDS = 3.0
STORE_GRACE_SECONDS = 8.0
"""Between SIGTERM and SIGKILL, for the three steps of stopping: with two more for each, 25 s at most.

Measured: the scheduler ends 1 to 4 s after the crawls under it, the api-server in 3, SeaweedFS in 1 or 2; the triggerer
would take 10, and has nothing to lose. Nor have the others: spool, tables and SeaweedFS survive a SIGKILL.
"""

DATA = (
    "airflow",
    "demo",
    "index.db",
    "index.db.rebuild",
    "index.db-shm",
    "index.db-wal",
    "logs",
    "postgresql",
    "run",
    "s3",
    "secrets",
    "spool",
    "tdm",
    "valkey",
    "workers",
)
"""What a deployment keeps in its home folder, which may hold other things: all that `kliping reset` removes."""

POLL_SECONDS = 0.5
"""Seconds between two looks at the health of what is starting."""

Echo = Callable[[str], None]


class DeploymentError(Exception):
    """The deployment cannot do what was asked; the message says why, in one sentence."""


@dataclass(frozen=True, slots=True)
class ServiceState:
    """A service as it is found. `health` is "healthy", "unhealthy" or "not running"."""

    name: str
    pid: int | None
    health: str
    log: Path

    @property
    def is_healthy(self) -> bool:
        return self.health == HEALTHY


HEALTHY = "healthy"


@contextmanager
def prepared(machine: Machine) -> Iterator[None]:
    """The home folder with what is needed in it, held against a second `make up` or `make down` at the same time.

    Raises DeploymentError where it cannot be written or is held.
    """
    try:
        for folder in (machine.home, machine.home / "run", machine.home / "logs", machine.home / "airflow"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _keep_private(machine.home)
        lock = (machine.home / "run" / "lock").open("w")
    except OSError as error:
        raise DeploymentError(
            f"cannot write to {machine.home}: {error.strerror} (KLIPING_HOME names the folder)"
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DeploymentError(
                f"another make up, down or reset is at work in {machine.home}; wait for it, or press Ctrl-C there"
            ) from error
        yield


def start(machine: Machine, echo: Echo) -> AirflowApi:
    """Start what does not run and return when all of it is healthy; what runs is left alone.

    Where that fails or is interrupted, everything that was started here is stopped before the error goes on.

    Raises DeploymentError, ServiceError, SeaweedFSError, StorageUnavailable, StorageRefused or ApiError.
    """
    with prepared(machine):
        running = load_state(machine)
        if running is not None and differences(running, machine) and is_running(machine):
            raise DeploymentError(f"Kliping already runs here with {differences(running, machine)}; make down first")
        credentials = Credentials.from_home(machine.home)
        environment = variables(machine, credentials)
        os.environ[DEPLOYMENT_VARIABLE] = environment[DEPLOYMENT_VARIABLE]
        wanted = services(machine, environment, credentials)
        missing = [service for service in wanted if service.process is None]
        save_state(machine)
        try:
            _start(missing, machine, environment, echo)
            return _wait_until_healthy(machine, wanted, echo)
        except BaseException:
            with _uninterrupted():
                if any(service.process for service in missing):
                    echo("Stopping what was started ...")
                _stop(machine, missing)
                if not is_running(machine):
                    clear_state(machine)
            raise


def stop_all(machine: Machine) -> bool:
    """Stop every process of the deployment, data kept; False where none ran. Takes 30 s at most.

    Raises DeploymentError where a `make up` is at work.
    """
    if not machine.home.exists():
        return False
    with prepared(machine):
        found = is_running(machine)
        _stop(machine, _by_pid_file(machine))
        end(lambda: deployment_processes(machine.home), grace=0)
        clear_state(machine)
        return found


def examine(machine: Machine) -> Sequence[ServiceState]:
    """The state of every service that should run; empty where none should."""
    running = load_state(machine)
    if running is None:
        return ()
    credentials = Credentials.from_home(running.home)
    wanted = services(running, variables(running, credentials), credentials)
    healthy = _health(running, wanted)
    return [_state(service, healthy.get(service.name, False)) for service in wanted]


def is_running(machine: Machine) -> bool:
    """Whether any process of the deployment is alive."""
    return any(service.members() for service in _by_pid_file(machine)) or bool(deployment_processes(machine.home))


def remove_data(machine: Machine) -> Sequence[str]:
    """Remove all that the deployment keeps in its home, and the home itself if nothing else is in it.

    Of a symbolic link the link alone is removed, as `rm -r` does; a home that is one stays. Returns a sentence for each
    link, that names what it led to and stays.

    Raises DeploymentError while it runs and where the home is not a folder of Kliping's own, OSError where something
    cannot be removed.
    """
    home = machine.home
    _check_removable(home)
    left = []
    with prepared(machine):
        if is_running(machine):
            raise DeploymentError(f"Kliping runs in {home}; make down first")
        for path in (postgresql_folder(home), *(home / name for name in DATA)):
            if path.is_symlink():
                left.append(f"{path} was a symbolic link; what it led to stays: {path.readlink()}")
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
    if not home.is_symlink() and not any(home.iterdir()):
        home.rmdir()
    return left


def _keep_private(home: Path) -> None:
    """Take from everybody else the rights to the state in `home`, that of earlier versions too."""
    for path in (home / name for name in DATA):
        if path.exists() and not path.is_symlink():
            for each in (path, *path.rglob("*")):
                with suppress(FileNotFoundError):  # what runs may remove files meanwhile
                    mode = each.lstat().st_mode
                    if mode & OTHERS_RIGHTS and not stat.S_ISLNK(mode):
                        each.chmod(stat.S_IMODE(mode) & ~OTHERS_RIGHTS)


def _check_removable(home: Path) -> None:
    """Raises DeploymentError where folders of Kliping's names may be somebody else's: `demo` is the program's."""
    if home.resolve() in (ROOT, *ROOT.parents):
        raise DeploymentError(
            f"{home} holds Kliping's own program, and nothing was removed; KLIPING_HOME names the folder"
        )
    if home.is_symlink() and not (home / "run" / "lock").is_file():
        raise DeploymentError(
            f"{home} is a symbolic link to {home.readlink()}, where Kliping never ran, and nothing was removed; "
            "KLIPING_HOME names the folder"
        )


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """A second Ctrl-C does not break off the stopping that the first one asked for."""
    before = {
        number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _start(missing: Sequence[Service], machine: Machine, environment: Mapping[str, str], echo: Echo) -> None:
    stop(missing, grace=0)  # what a program that was killed has left behind, while its pid file still tells
    for service in missing:
        service.check_startable()
    components = [service for service in missing if service.name in COMPONENTS or service.name.startswith(WORKER)]
    others = [service for service in missing if service not in components]
    # Airflow's own database is one of PostgreSQL's, where that is wanted.
    first = [service for service in others if service.name == DATABASE]
    for service in first:
        _begin(service, echo)
    with _migration(machine, environment) if components else nullcontext():
        for service in others:
            if service not in first:
                _begin(service, echo)
        bucket = Bucket(store_settings(machine, environment))
        bucket.ensure()
        bucket.probe_conditional_put()
    if components:
        echo(f"Starting Airflow: {', '.join(service.name for service in components)} ...")
    for service in sorted(components, key=lambda service: service.name == SCHEDULER):
        if service.name == SCHEDULER:
            _wait_for_api(machine, components)
        service.start()


def _begin(service: Service, echo: Echo) -> None:
    echo(f"Starting {service.name} ...")
    service.start()


def _wait_for_api(machine: Machine, components: Sequence[Service]) -> None:
    """Wait until the api-server answers: a task that is started before, as one that is overdue would be, fails.

    Where it does not come, the wait for health says so.
    """
    deadline = time.monotonic() + HEALTH_TIMEOUT_SECONDS
    while not answers(machine.ui_port) and time.monotonic() < deadline:
        for service in components:
            if service.process is not None:
                service.check_alive()
        time.sleep(POLL_SECONDS)


@contextmanager
def _migration(machine: Machine, environment: Mapping[str, str]) -> Iterator[None]:
    """Airflow's database is made, or brought to the installed version, while the block runs; it is when the block ends.

    Raises DeploymentError where that fails.
    """
    stamp = machine.home / "airflow" / "migrated"
    wanted = f"{version('apache-airflow-core')} {DATABASE if machine.workers else 'sqlite'}"
    if stamp.exists() and stamp.read_text() == wanted:
        yield
        return
    log = machine.home / "logs" / "migration.log"
    with log.open("wb") as out:
        migration = subprocess.Popen(
            (sys.executable, "-m", "airflow", "db", "migrate"),
            cwd=ROOT,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield
        exit_code = migration.wait(MIGRATION_TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise DeploymentError(
            f"Airflow did not make its database in {MIGRATION_TIMEOUT_SECONDS:.0f} s; see {log}"
        ) from error
    finally:
        if migration.poll() is None:
            migration.kill()
            migration.wait()
    if exit_code:
        raise DeploymentError(f"Airflow could not make its database: {last_words(log)} (all of it: {log})")
    stamp.write_text(wanted)


def _wait_until_healthy(machine: Machine, wanted: Sequence[Service], echo: Echo) -> AirflowApi:
    """Wait until every service is healthy; each is watched, so that one which dies is named at once."""
    echo("Waiting until everything is healthy ...")
    deadline = time.monotonic() + HEALTH_TIMEOUT_SECONDS
    while True:
        for service in wanted:
            service.check_alive()
        healthy = _health(machine, wanted)
        if unhealthy := [service.name for service in wanted if not healthy.get(service.name)]:
            if time.monotonic() > deadline:
                names = ", ".join(unhealthy)
                raise DeploymentError(
                    f"{names} not healthy after {HEALTH_TIMEOUT_SECONDS:.0f} s; see {machine.home / 'logs'}"
                )
            time.sleep(POLL_SECONDS)
            continue
        api = AirflowApi(machine.ui_url, ADMIN, password(machine.home))
        api.sign_in()
        api.set_pool(POOL, CRAWL_SLOTS, "All crawls together")
        return api


def _health(machine: Machine, wanted: Sequence[Service]) -> Mapping[str, bool]:
    """Which of the services answer and are healthy, by name."""
    healthy = {"demo": answers(machine.demo_port)}
    if not machine.brings_own_store:
        healthy[STORE] = answers(machine.s3_port)
    healthy |= {service.name: service.server.answers() for service in wanted if isinstance(service, Database)}
    if machine.workers:
        healthy |= _queue_health(machine)
    try:
        healthy |= AirflowApi(machine.ui_url, ADMIN, password(machine.home)).health()
    except ApiError:
        healthy |= dict.fromkeys(COMPONENTS, False)
    return healthy


def _queue_health(machine: Machine) -> Mapping[str, bool]:
    """Whether the queue answers, and which workers do that take their tasks from it."""
    # Take a third of a second to load, which deployments without workers need not wait for.
    from kombu.exceptions import OperationalError

    from local.celery_workers import workers_health

    broker = broker_url(machine.valkey_port, Credentials.from_home(machine.home).valkey_password)
    try:
        return {QUEUE: True, **workers_health(broker)}
    except OperationalError:
        return {QUEUE: False}


def answers(port: int) -> bool:
    """Whether an HTTP server of this machine answers on `port`, whatever it says."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://{HOST}:{port}/", timeout=5):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def _state(service: Service, is_healthy: bool) -> ServiceState:
    process = service.process
    health = "not running" if process is None else HEALTHY if is_healthy else "unhealthy"
    return ServiceState(service.name, None if process is None else process.pid, health, service.log)


def _end_crawls(machine: Machine, runners: Sequence[Service]) -> None:
    """Ask what tasks run under to end, and every crawl under it once, those too that a task begins meanwhile.

    Airflow itself would wait for the crawls. They end as if Airflow had ended them: the tasks fail, and are retried.
    """
    asked = {service.process for service in _by_pid_file(machine)} - {service.process for service in runners}
    deadline = time.monotonic() + SCHEDULER_GRACE_SECONDS
    while any(service.members() for service in runners) and time.monotonic() < deadline:
        for leader in deployment_processes(machine.home) - asked:
            if leader.is_session_leader:
                leader.signal(signal.SIGTERM)
                asked.add(leader)
        time.sleep(POLL_SECONDS / 2)


def _by_pid_file(machine: Machine) -> Sequence[Service]:
    """The services that may run in this home, as far as their pid files tell: enough to stop them."""
    running = load_state(machine) or machine
    return [
        Store(path.stem, (), {}, running.home, running.s3_port)
        if path.stem == STORE
        else Service(path.stem, (), {}, running.home)
        for path in (running.home / "run").glob("*.pid")
    ]


def _stop(machine: Machine, running: Sequence[Service]) -> None:
    """Stop services in the order that loses least: first what begins work, with the work itself, last the store."""
    runners = [service for service in running if service.name == SCHEDULER or service.name.startswith(WORKER)]
    keepers = [service for service in running if service.name in KEEPERS]
    _end_crawls(machine, runners)
    stop(runners, grace=0)
    stop([service for service in running if service not in (*runners, *keepers)], COMPONENT_GRACE_SECONDS)
    stop(keepers, STORE_GRACE_SECONDS)

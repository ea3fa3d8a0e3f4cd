"""What tests share: one real S3 server for the session, and a fresh bucket and home folder for each test that asks.

Here tests are sorted, too, into those that `make check` runs and those that only `make test` does.
"""

import os
import socket
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from pydantic import SecretStr

from local.seaweedfs import HOST, REGION, SeaweedFS
from settings.storage import Storage

CLOCK_IS_SHIFTED = "TEST_CLOCK_OFFSET" in os.environ
"""Whether `tests/any_day.py` runs the tests on another day than today."""

TESTS = Path(__file__).parent

SLOW = (
    "archive/test_takedown.py",
    "cleaning/test_clean_command.py",
    "cleaning/test_hostile_pages.py",
    "cleaning/test_worker.py",
    "dags",
    "local",
    "spiders/test_command_loading.py",
    "spiders/test_doctor.py",
    "spiders/test_exclusions.py",
    "spiders/test_exit_codes.py",
    "spiders/test_hostile.py",
    "spiders/test_newsite.py",
    "spiders/test_permissions.py",
    "spiders/test_politeness.py",
    "spiders/test_process.py",
    "spiders/test_taken_down.py",
    "test_chaos.py",
    "test_containers.py",
    "test_content_encoding.py",
    "test_duplicate_pairs.py",
    "test_furniture.py",
    "test_interrupted_crawls.py",
    "test_licences.py",
    "test_first_look.py",
    "test_reading_the_corpus.py",
    "test_requirements.py",
)
"""Files and folders whose tests start programs, servers or Airflow, or read megabytes. Single tests that do bear the
mark themselves."""

LONG = (
    "local/test_up.py",
    "local/test_upgrade.py",
    "test_chaos.py",
    "test_first_look.py",
    "test_interrupted_crawls.py",
    "test_many_machines.py",
    "test_reading_the_corpus.py",
)
"""Files of few tests that take minutes, most of them spent waiting for servers."""


def pytest_xdist_auto_num_workers() -> int:
    """How many processes run tests: one more than there are cores, since tests wait for servers."""
    return (os.cpu_count() or 1) + 1


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Do not even import what is slow where it is left out: Airflow alone takes seconds, in each process."""
    leaves_out_slow = config.option.markexpr == "not slow"
    return True if leaves_out_slow and any(collection_path == TESTS / name for name in SLOW) else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what is slow; on another day than today, leave out what needs a server that goes by today's clock."""
    slow = [TESTS / name for name in SLOW]
    for item in items:
        uses_server = "seaweedfs" in getattr(item, "fixturenames", ()) or "[postgresql" in item.name
        if uses_server or any(item.path.is_relative_to(place) for place in slow):
            item.add_marker("slow")
    if CLOCK_IS_SHIFTED:
        left_out = [item for item in items if item.get_closest_marker("present_time")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
    items[:] = _long_ones_early(items)


def _long_ones_early(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """The tests with those of a long file after every so many other files, through the first half of them: apart, so
    that the waiting of one is another's time, and early, so that no process is left with one at the end.
    """
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    long = [path for path in files if path in {TESTS / name for name in LONG}]
    order = [path for path in files if path not in long]
    gap = len(order) // (2 * len(long)) if long else 0
    for place, path in enumerate(long):
        order.insert(place * (gap + 1), path)
    return [item for path in order for item in files[path]]


@pytest.fixture(scope="session")
def seaweedfs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeaweedFS]:
    """A running SeaweedFS; the kernel stops it even where the test session is killed."""
    folder = tmp_path_factory.mktemp("seaweedfs")
    with SeaweedFS(folder, dies_with_parent=True, checks_signatures=not CLOCK_IS_SHIFTED) as server:
        yield server


@pytest.fixture
def storage(seaweedfs: SeaweedFS, tmp_path: Path) -> Storage:
    """Storage settings with an unused bucket name (the bucket itself is not made yet) and an empty home folder."""
    return Storage(
        home=tmp_path / "home",
        bucket=f"test-{uuid.uuid4().hex}",
        endpoint_url=seaweedfs.url,
        access_key_id=seaweedfs.access_key,
        secret_access_key=SecretStr(seaweedfs.secret_key),
        session_token=None,
        region=REGION,
        index_url=None,
    )


@pytest.fixture
def free_port() -> int:
    """A port of 127.0.0.1 that nothing listens on."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        port: int = listener.getsockname()[1]
        return port

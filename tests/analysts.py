"""What analysts have: an environment of what they use beside the reader, and keys to a store that only read."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import SecretStr

from local.seaweedfs import REGION, SeaweedFS
from local.store_roles import READER, Identity
from settings.storage import Storage

ANALYST = Identity(READER, "reader", "reads-and-no-more", "kliping")

ROOT = Path(__file__).parents[1]
REQUIREMENTS = Path(__file__).with_name("requirements-analysts.txt")


def make_environment(place: Path) -> Path:
    """Make one, with the reader in it; its Python."""
    uv = str(Path(sys.executable).with_name("uv"))
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, str(place)], check=True)
    python = place / "bin" / "python"
    install = [uv, "pip", "install", "--quiet", "--python", str(python)]
    subprocess.run([*install, "--require-hashes", "-r", str(REQUIREMENTS)], check=True)
    subprocess.run([*install, "--no-deps", "--no-build-isolation", "./reader"], cwd=ROOT, check=True)
    return python


@contextmanager
def running_store(home: Path) -> Iterator[tuple[SeaweedFS, Storage]]:
    """A store that knows an analyst's keys, and the bucket that they read, which is empty, as a crawl writes to it."""
    with SeaweedFS(home / "s3", dies_with_parent=True, identities=[ANALYST]) as server:
        yield (
            server,
            Storage(
                home=home,
                bucket=ANALYST.bucket,
                endpoint_url=server.url,
                access_key_id=server.access_key,
                secret_access_key=SecretStr(server.secret_key),
                region=REGION,
            ),
        )


def keys(server: SeaweedFS, *, of_a_reader: bool) -> dict[str, str]:
    """What `kliping env` sets, with or without --reader."""
    readers = {"AWS_ACCESS_KEY_ID": ANALYST.access_key, "AWS_SECRET_ACCESS_KEY": ANALYST.secret_key}
    return {**server.environment, "AWS_ALLOW_HTTP": "true", **(readers if of_a_reader else {})}

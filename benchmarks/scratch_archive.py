"""An empty archive to measure on: a store of its own, which is gone afterwards."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import SecretStr

from local.seaweedfs import REGION, SeaweedFS
from settings.storage import Storage


@contextmanager
def scratch_archive(purpose: str) -> Iterator[Storage]:
    """The settings of a new home folder and a running SeaweedFS; `purpose` names the folder."""
    with tempfile.TemporaryDirectory(prefix=f"kliping-{purpose}-") as folder, SeaweedFS(Path(folder) / "s3") as server:
        yield Storage(
            home=Path(folder) / "home",
            endpoint_url=server.url,
            access_key_id=server.access_key,
            secret_access_key=SecretStr(server.secret_key),
            region=REGION,
        )

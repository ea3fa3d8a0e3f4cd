"""Makes `2ce60e8.tar.xz`: run in the root of a checkout of that commit, by its Python.

The file to write is the argument.

A bucket and a home folder as that version leaves them: rows in every table, their WARC files, the index, and in the
spool what a killed run leaves there: one sealed batch, and one that it was still writing.
"""

import lzma
import sys
import tarfile
import tempfile
from datetime import timedelta
from pathlib import Path

import boto3
from pydantic import SecretStr

from local.seaweedfs import REGION, SeaweedFS
from pipelines.archive.schema import RESIDUE
from pipelines.archive.tables import Corpus
from settings.storage import Storage
from tests.archive.invented import NOON, fail, finish, look_at, open_run, reject, text

A, B, C, D, E, F = (f"http://kabarteknik.example/{slug}" for slug in ("satu", "dua", "tiga", "empat", "lima", "enam"))
LEARNED = {
    "site": "kabarteknik",
    "line": "Mari bercakap tentang gawai di grup pembaca Kabar Teknik",
    "place": "closing",
    "articles": 12,
    "share": 0.5,
    "days": 9,
    "window": "2026-Q4",
    "first_seen": NOON,
    "last_seen": NOON,
    "examples": ["0" * 32],
    "learned_at": NOON,
}


def crawl(storage: Storage) -> None:
    first = open_run(storage, run_id="20261124T050000Z")
    look_at(first, A, text(1))
    look_at(first, B, text(2), author=("Budi Santoso", "Sari Wulandari"), description="Ringkasan")
    look_at(first, C, text(2))
    reject(first, D)
    fail(first, E)
    finish(first)
    second = open_run(storage, run_id="20261124T110000Z")
    look_at(second, A, text(3), at=NOON + timedelta(hours=6))
    finish(second)
    Corpus(storage).replace_site(RESIDUE, "kabarteknik", [LEARNED])
    killed = open_run(storage, run_id="20261125T050000Z")
    look_at(killed, B, text(4), at=NOON + timedelta(days=1))
    look_at(killed, E, text(5), at=NOON + timedelta(days=1))
    killed.seal()
    look_at(killed, F, text(5), at=NOON + timedelta(days=1))
    reject(killed, D)
    killed.abandon()


def pack(storage: Storage, folder: Path, path: Path) -> None:
    """The bucket's objects under `bucket/` and the home folder under `home/`, in one small file."""
    assert storage.secret_access_key
    client = boto3.client(
        "s3",
        endpoint_url=storage.endpoint_url,
        region_name=storage.region,
        aws_access_key_id=storage.access_key_id,
        aws_secret_access_key=storage.secret_access_key.get_secret_value(),
    )
    for found in client.list_objects_v2(Bucket=storage.bucket)["Contents"]:
        target = folder / "bucket" / found["Key"]
        target.parent.mkdir(parents=True, exist_ok=True)
        client.download_file(storage.bucket, found["Key"], str(target))
    with lzma.open(path, "wb", preset=9 | lzma.PRESET_EXTREME) as packed, tarfile.open(fileobj=packed, mode="w") as tar:
        for name in ("bucket", "home"):
            tar.add(folder / name, name)


def main() -> None:
    with tempfile.TemporaryDirectory() as name, SeaweedFS(Path(name) / "seaweedfs", dies_with_parent=True) as server:
        storage = Storage(
            home=Path(name) / "home",
            bucket="earlier",
            endpoint_url=server.url,
            access_key_id=server.access_key,
            secret_access_key=SecretStr(server.secret_key),
            session_token=None,
            region=REGION,
            index_url=None,
        )
        crawl(storage)
        pack(storage, Path(name), Path(sys.argv[1]))


if __name__ == "__main__":
    main()

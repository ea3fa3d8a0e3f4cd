"""Each role does its work with its own keys, and is refused the others', by a real store."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import boto3
import polars as pl
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from mypy_boto3_s3 import S3Client
from pydantic import SecretStr

from local.seaweedfs import REGION, SeaweedFS
from local.store_roles import CRAWLER, PUBLISHER, READER, ROLES, Identity, Role
from pipelines.archive.bucket import Bucket, StorageUnavailable
from pipelines.archive.bucket_owner import require_own_bucket
from pipelines.archive.maintenance.maintain import maintain
from pipelines.archive.rebuild_index import rebuild
from pipelines.archive.releases.publish import publish
from pipelines.archive.search.build import build
from pipelines.archive.table_location import storage_options, table_uri
from pipelines.archive.tables import Corpus
from settings.storage import Storage
from tests.archive.invented import CRAWL, LATER, finish, look_at, open_run, text

pytestmark = pytest.mark.present_time

ROOT = Path(__file__).parents[2]
BUCKET = "kliping"
EACH_PLACE = {
    "warc/kabarteknik/a": CRAWLER,
    "cdxj/a": CRAWLER,
    "tables/articles/a": CRAWLER,
    "probe/a": CRAWLER,
    "identity.json": CRAWLER,
    "deployment.json": CRAWLER,
    "releases/2026-11/v1/a": PUBLISHER,
    "search/00000001.json": PUBLISHER,
    "takedowns/a.json": None,
    "set-aside/a": None,
    "a": None,
}
"""Keys, and the role that may write them."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeaweedFS]:
    identities = [Identity(role, role.name, f"{role.name}-secret", BUCKET) for role in ROLES.values()]
    folder = tmp_path_factory.mktemp("seaweedfs")
    with SeaweedFS(folder, dies_with_parent=True, identities=identities) as running:
        administrator = client(running)
        administrator.create_bucket(Bucket="other")
        for key in EACH_PLACE:
            administrator.put_object(Bucket="other", Key=key, Body=b"")
        yield running


@pytest.fixture
def bucket(server: SeaweedFS) -> Iterator[S3Client]:
    """The administrator's client, and the bucket, empty again afterwards."""
    administrator = client(server)
    administrator.create_bucket(Bucket=BUCKET)
    yield administrator
    for found in administrator.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        administrator.delete_object(Bucket=BUCKET, Key=found["Key"])
    administrator.delete_bucket(Bucket=BUCKET)


def client(server: SeaweedFS, role: Role | None = None) -> S3Client:
    config = Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1})
    return boto3.client(
        "s3",
        endpoint_url=server.url,
        aws_access_key_id=role.name if role else server.access_key,
        aws_secret_access_key=f"{role.name}-secret" if role else server.secret_key,
        region_name=REGION,
        config=config,
    )


def storage_of(server: SeaweedFS, home: Path, role: Role) -> Storage:
    return Storage(
        home=home,
        bucket=BUCKET,
        endpoint_url=server.url,
        access_key_id=role.name,
        secret_access_key=SecretStr(f"{role.name}-secret"),
        session_token=None,
        region=REGION,
        index_url=None,
    )


def crawl(storage: Storage, *numbers: int) -> None:
    run = open_run(storage)
    for number in numbers:
        look_at(run, f"http://kabarteknik.example/{number}", text(number))
    finish(run)


def refused(deed: Callable[[], object]) -> bool:
    try:
        deed()
    except ClientError as error:
        return bool(error.response["Error"]["Code"] in ("AccessDenied", "403"))
    return False


@pytest.mark.usefixtures("bucket")
def test_a_crawler_crawls_keeps_up_and_rebuilds_its_index(server: SeaweedFS, tmp_path: Path) -> None:
    storage = storage_of(server, tmp_path, CRAWLER)
    crawl(storage, 1, 2)
    crawl(storage, 3)
    assert maintain(storage).failures == []
    assert rebuild(storage, CRAWL.revisit_intervals, timedelta(days=30)).rows["articles"] == 3
    crawl(storage, 4)


@pytest.mark.usefixtures("bucket")
def test_a_publisher_releases_and_indexes_what_a_crawler_brought_and_an_analyst_reads_it(
    server: SeaweedFS, tmp_path: Path
) -> None:
    crawl(storage_of(server, tmp_path / "machine", CRAWLER), 1, 2)
    publisher = storage_of(server, tmp_path / "machine", PUBLISHER)
    require_own_bucket(publisher)
    place = publish(publisher, "2026-11", LATER, accept="a test", progress=lambda _: None).place
    build(Corpus(publisher), LATER, progress=lambda _: None)

    analyst = storage_of(server, tmp_path / "analyst", READER)
    table = pl.scan_delta(table_uri(analyst, "articles"), storage_options=storage_options(analyst)).collect()
    assert len(table) == 2
    assert Bucket(analyst).get(f"{place}SHA256SUMS")
    assert [key for key in Bucket(analyst).list("search/") if key.endswith(".json")]


@pytest.mark.usefixtures("bucket")
def test_neither_publisher_nor_analyst_can_crawl_nor_a_crawler_or_analyst_release(
    server: SeaweedFS, tmp_path: Path
) -> None:
    crawl(storage_of(server, tmp_path / "crawler", CRAWLER), 1)
    for role in (PUBLISHER, READER):
        storage = storage_of(server, tmp_path / "crawler", role)
        with pytest.raises(StorageUnavailable, match="AccessDenied"):
            maintain(storage)
    for role in (CRAWLER, READER):
        storage = storage_of(server, tmp_path / "crawler", role)
        with pytest.raises(StorageUnavailable, match="AccessDenied"):
            publish(storage, "2026-11", LATER, accept="a test", progress=lambda _: None)


@pytest.mark.parametrize("role", ROLES.values(), ids=ROLES)
def test_a_role_writes_and_removes_in_its_own_places_alone(server: SeaweedFS, bucket: S3Client, role: Role) -> None:
    for key in EACH_PLACE:
        bucket.put_object(Bucket=BUCKET, Key=key, Body=b"before")
    theirs = client(server, role)
    own = {key for key, writer in EACH_PLACE.items() if writer is role}
    for deed in ("put_object", "create_multipart_upload", "delete_object"):
        done = {key for key in EACH_PLACE if not refused(partial(getattr(theirs, deed), Bucket=BUCKET, Key=key))}
        assert done == own, deed
    left = {found["Key"] for found in bucket.list_objects_v2(Bucket=BUCKET)["Contents"]}
    assert left == {*EACH_PLACE} - own


@pytest.mark.parametrize("role", ROLES.values(), ids=ROLES)
def test_a_role_reads_and_lists_its_own_places_alone(server: SeaweedFS, bucket: S3Client, role: Role) -> None:
    for key in EACH_PLACE:
        bucket.put_object(Bucket=BUCKET, Key=key, Body=b"before")
    theirs = client(server, role)
    own = {key for key in EACH_PLACE if key.startswith((*role.reads, *role.writes))}
    read = {key for key in EACH_PLACE if not refused(partial(theirs.get_object, Bucket=BUCKET, Key=key))}
    listed = {key for key in EACH_PLACE if not refused(partial(theirs.list_objects_v2, Bucket=BUCKET, Prefix=key))}
    assert read == listed == own
    assert refused(partial(theirs.list_objects_v2, Bucket=BUCKET))


@pytest.mark.usefixtures("bucket")
@pytest.mark.parametrize("role", ROLES.values(), ids=ROLES)
def test_no_role_makes_or_removes_a_bucket_or_sees_another_one(server: SeaweedFS, role: Role) -> None:
    theirs = client(server, role)
    for key in EACH_PLACE:
        assert refused(partial(theirs.get_object, Bucket="other", Key=key))
        assert refused(partial(theirs.put_object, Bucket="other", Key=key, Body=b""))
    assert refused(partial(theirs.create_bucket, Bucket="mine"))
    assert refused(partial(theirs.delete_bucket, Bucket=BUCKET))


@pytest.mark.parametrize("role", ROLES.values(), ids=ROLES)
def test_the_page_on_servers_has_the_policy_of_each_role_for_other_stores(role: Role) -> None:
    page = (ROOT / "docs" / "server.md").read_text("utf-8")
    shown = re.findall(rf"^\*\*{role.name.capitalize()}\*\*.*?^```json\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert [json.loads(each) for each in shown] == [json.loads(role.policy(BUCKET))]

"""Settings come from the environment, and a wrong one is called by the name that the operator has to change."""

from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from settings.crawl import Crawl, crawl
from settings.storage import SettingsError, Storage, storage


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for variable in ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(variable, raising=False)
    for variable in ("BUCKET", "HOME", "INDEX_URL", "CONTACT", "REVISIT_HOURS", "RETRY_HOURS", "NEAR_DUPLICATE_DAYS"):
        monkeypatch.delenv(f"KLIPING_{variable}", raising=False)
    monkeypatch.chdir(tmp_path)
    storage.cache_clear()
    crawl.cache_clear()


def test_without_an_environment_everything_lives_in_one_folder_here(tmp_path: Path) -> None:
    assert storage().home == tmp_path / ".kliping"
    assert storage().spool == tmp_path / ".kliping" / "spool"
    assert storage().index == f"sqlite:///{tmp_path}/.kliping/index.db"


def test_the_standard_variables_of_s3_clients_are_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:8333")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-southeast-3")
    assert storage().endpoint_url == "http://127.0.0.1:8333"
    assert storage().region == "ap-southeast-3"


def test_the_endpoint_meant_for_s3_wins_over_the_general_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://general.example")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://s3.example")
    assert storage().endpoint_url == "http://s3.example"


def test_settings_can_be_given_by_field_name(tmp_path: Path) -> None:
    given = Storage(
        home=tmp_path,
        bucket="kliping-test",
        endpoint_url="http://127.0.0.1:8333",
        access_key_id="key",
        secret_access_key=SecretStr("never-shown"),
        region="ap-southeast-3",
        index_url="postgresql://127.0.0.1/kliping",
    )
    assert given.endpoint_url == "http://127.0.0.1:8333"
    assert given.access_key_id == "key"
    assert given.region == "ap-southeast-3"
    assert given.index == "postgresql://127.0.0.1/kliping"
    assert "never-shown" not in repr(given)


@pytest.mark.parametrize(
    ("variable", "value"),
    [("KLIPING_BUCKET", "Not A Bucket"), ("AWS_ENDPOINT_URL", "minio:9000"), ("AWS_ENDPOINT_URL_S3", "minio:9000")],
)
def test_a_wrong_storage_setting_is_named_as_the_operator_knows_it(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match=rf"^wrong settings: {variable}: .*\(it is '{value}'\)$"):
        storage()


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("KLIPING_CONTACT", "nobody"),
        ("KLIPING_REVISIT_HOURS", "6, soon"),
        ("KLIPING_RETRY_HOURS", "1, -6"),
        ("KLIPING_NEAR_DUPLICATE_DAYS", "-1"),
    ],
)
def test_a_wrong_crawl_setting_is_named_as_the_operator_knows_it(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match=rf"^wrong settings: {variable}: "):
        crawl()


@pytest.mark.parametrize("hours", ["1 2.5 48", "1,2.5,48", "1, 2.5, 48"])
def test_ladders_are_hours_parted_by_commas_or_spaces(monkeypatch: pytest.MonkeyPatch, hours: str) -> None:
    monkeypatch.setenv("KLIPING_REVISIT_HOURS", hours)
    assert crawl().revisit_intervals == (timedelta(hours=1), timedelta(hours=2.5), timedelta(days=2))


def test_the_user_agent_says_how_to_reach_us_and_admits_where_it_cannot() -> None:
    assert Crawl(contact="https://arsip.example/kontak").user_agent == "Kliping/1.0.0 (+https://arsip.example/kontak)"
    assert "no contact stated" in Crawl(contact=None).user_agent

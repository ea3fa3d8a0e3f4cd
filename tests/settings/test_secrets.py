"""Secrets may stand in files, as containers have them, and are kept from processes that need none."""

from pathlib import Path

import pytest

from settings.child_process import plain_environment
from settings.environment import unknown_variables
from settings.storage import SettingsError, storage


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "KLIPING_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    storage.cache_clear()


def test_each_secret_may_stand_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "KLIPING_INDEX_URL"):
        (tmp_path / name).write_text(f"isi {name}\n")
        monkeypatch.setenv(f"{name}_FILE", str(tmp_path / name))
    found = storage()
    storage.cache_clear()
    assert (found.access_key_id, found.index) == ("isi AWS_ACCESS_KEY_ID", "isi KLIPING_INDEX_URL")
    assert found.secret_access_key is not None
    assert found.session_token is not None
    assert found.secret_access_key.get_secret_value() == "isi AWS_SECRET_ACCESS_KEY"
    assert found.session_token.get_secret_value() == "isi AWS_SESSION_TOKEN"


def test_a_file_that_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY_FILE", "/tidak/ada")
    with pytest.raises(SettingsError, match=r"AWS_SECRET_ACCESS_KEY_FILE: /tidak/ada could not be read: No such file"):
        storage()


def test_a_secret_that_is_stated_twice_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "kunci").write_text("rahasia")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY_FILE", str(tmp_path / "kunci"))
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "lain")
    with pytest.raises(SettingsError, match=r"AWS_SECRET_ACCESS_KEY is set as well"):
        storage()


def test_a_file_of_the_index_is_a_setting() -> None:
    assert unknown_variables({"KLIPING_INDEX_URL_FILE": "/run/secrets/index"}) == []


def test_a_plain_environment_says_where_things_are_and_nothing_else() -> None:
    known = {"PATH": "/bin", "HOME": "/root", "LC_ALL": "C.UTF-8", "TZ": "Asia/Jakarta", "KLIPING_HOME": "/data"}
    assert plain_environment({**known, "AWS_SECRET_ACCESS_KEY": "x", "MY_TOKEN": "y"}, "KLIPING_HOME") == known

"""The secrets of a deployment: strong, made once, and nobody else's to read."""

import json
import stat
from dataclasses import asdict
from pathlib import Path

from cryptography.fernet import Fernet

from local.credentials import Credentials, password, password_file


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_secrets_are_made_once(tmp_path: Path) -> None:
    first, signing_in = Credentials.from_home(tmp_path), password(tmp_path)

    assert Credentials.from_home(tmp_path) == first
    assert password(tmp_path) == signing_in


def test_keys_of_a_version_without_a_reader_stay_and_get_one(tmp_path: Path) -> None:
    Credentials.from_home(tmp_path)
    keys = tmp_path / "secrets" / "keys.json"
    earlier = {name: value for name, value in json.loads(keys.read_text()).items() if not name.startswith("reader_")}
    keys.write_text(json.dumps(earlier))

    now = Credentials.from_home(tmp_path)
    assert {name: value for name, value in asdict(now).items() if not name.startswith("reader_")} == earlier
    assert now.reader_secret_access_key
    assert Credentials.from_home(tmp_path) == now
    assert mode(keys) == 0o600


def test_two_deployments_share_no_secret(tmp_path: Path) -> None:
    one, other = Credentials.from_home(tmp_path / "one"), Credentials.from_home(tmp_path / "other")

    assert one.jwt_secret != other.jwt_secret
    assert one.aws_secret_access_key != other.aws_secret_access_key
    assert password(tmp_path / "one") != password(tmp_path / "other")


def test_only_the_owner_reads_them(tmp_path: Path) -> None:
    Credentials.from_home(tmp_path)

    assert mode(tmp_path / "secrets") == 0o700
    assert {mode(path) for path in (tmp_path / "secrets").iterdir()} == {0o600}
    assert password_file(tmp_path).parent == tmp_path / "secrets"


def test_they_are_as_strong_as_their_users_ask(tmp_path: Path) -> None:
    made = Credentials.from_home(tmp_path)

    assert len(made.jwt_secret.encode()) >= 64
    assert Fernet(made.fernet_key)
    assert len(password(tmp_path)) >= 20

"""The secrets of a single-machine deployment: made once, kept in its home folder, readable by its owner alone."""

import base64
import json
import os
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Self

from local.store_roles import ROLES, Role

ADMIN = "admin"

CONNECTIONS = "connections"
DATABASE = "database"
USERS = "users"

KINDS: Mapping[str, tuple[str, ...]] = {
    "store": ("aws_access_key_id", "aws_secret_access_key"),
    **{role: (f"{role}_access_key_id", f"{role}_secret_access_key") for role in ROLES},
    "queue": ("valkey_password",),
    "sessions": ("jwt_secret", "api_secret_key"),
    CONNECTIONS: ("fernet_key",),
    DATABASE: ("postgresql_password",),
    USERS: (),
}
"""What can be made anew, with the secrets that each consists of. Users' passwords are in a file of their own."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What was generated for this home."""

    aws_access_key_id: str
    aws_secret_access_key: str
    reader_access_key_id: str
    reader_secret_access_key: str
    publisher_access_key_id: str
    publisher_secret_access_key: str
    crawler_access_key_id: str
    crawler_secret_access_key: str
    postgresql_password: str
    valkey_password: str
    fernet_key: str
    jwt_secret: str
    api_secret_key: str

    @classmethod
    def from_home(cls, home: Path) -> Self:
        """The secrets of `home`, generated where it has none yet; `password_file(home)` exists from then on.

        Raises OSError where the folder cannot be written.
        """
        folder = home / "secrets"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not password_file(home).exists():
            _write(password_file(home), {ADMIN: secrets.token_urlsafe(18)})
        path = folder / "keys.json"
        kept = json.loads(path.read_text()) if path.exists() else {}
        credentials = cls(**{**asdict(cls._generated()), **kept})
        if kept != asdict(credentials):  # none yet, or those of a version that knew fewer
            credentials.save(home)
        return credentials

    def save(self, home: Path) -> None:
        """Keep these secrets in `home` from now on.

        Raises OSError where the folder cannot be written.
        """
        _write(home / "secrets" / "keys.json", asdict(self))

    def renewed(self, names: Iterable[str]) -> Self:
        """These secrets, with those of these names generated anew."""
        generated = asdict(self._generated())
        return replace(self, **{name: generated[name] for name in names})

    def of_role(self, role: Role) -> tuple[str, str]:
        """The key of a role in the bucket: its id, and the secret."""
        keys = asdict(self)
        return keys[f"{role.name}_access_key_id"], keys[f"{role.name}_secret_access_key"]

    @classmethod
    def _generated(cls) -> Self:
        return cls(
            aws_access_key_id=f"kliping{secrets.token_hex(6)}",
            aws_secret_access_key=secrets.token_urlsafe(30),
            reader_access_key_id=f"reader{secrets.token_hex(6)}",
            reader_secret_access_key=secrets.token_urlsafe(30),
            publisher_access_key_id=f"publisher{secrets.token_hex(6)}",
            publisher_secret_access_key=secrets.token_urlsafe(30),
            crawler_access_key_id=f"crawler{secrets.token_hex(6)}",
            crawler_secret_access_key=secrets.token_urlsafe(30),
            postgresql_password=secrets.token_urlsafe(30),
            valkey_password=secrets.token_urlsafe(30),
            fernet_key=base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            jwt_secret=secrets.token_urlsafe(64),  # HS512 wants 64 bytes; Airflow warns of less
            api_secret_key=secrets.token_urlsafe(32),
        )


def password_file(home: Path) -> Path:
    """The Airflow users' passwords, in the form that SimpleAuthManager reads: JSON, user to password."""
    return home / "secrets" / "airflow-users.json"


def password(home: Path, user: str = ADMIN) -> str:
    """The password of a user of the Airflow UI."""
    return str(json.loads(password_file(home).read_text())[user])


def _write(path: Path, content: dict[str, str]) -> None:
    """A file of mode 600 that exists whole or not at all."""
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(content, file, indent=2)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)

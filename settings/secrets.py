"""Secrets of the storage settings: from the environment or from files, and kept from processes that need none."""

from collections.abc import Mapping, MutableMapping
from pathlib import Path

INDEX_URL = "KLIPING_INDEX_URL"

FIELDS: Mapping[str, str] = {
    "AWS_ACCESS_KEY_ID": "access_key_id",
    "AWS_SECRET_ACCESS_KEY": "secret_access_key",
    "AWS_SESSION_TOKEN": "session_token",
    INDEX_URL: "index_url",
}
"""Variables that hold a secret, each with its field in `Storage`."""

OTHERS_RIGHTS = 0o077
"""Bits of a mode, as a umask: what lies under the home folder is for its owner alone."""

FILE_SUFFIX = "_FILE"
"""A secret may stand in a file, as containers have it: the variable with this ending names the file."""

FILE_VARIABLES = tuple(f"{name}{FILE_SUFFIX}" for name in FIELDS)


def secrets_in_files(environment: Mapping[str, str]) -> dict[str, str]:
    """The fields whose values stand in the files that the environment names.

    Raises ValueError where a file could not be read, or a secret is stated twice.
    """
    found = {}
    for name, field in FIELDS.items():
        variable = f"{name}{FILE_SUFFIX}"
        path = environment.get(variable)
        if not path:
            continue
        if environment.get(name):
            raise ValueError(f"{variable}: {name} is set as well, and only one of them can count")
        try:
            found[field] = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
            raise ValueError(f"{variable}: {path} could not be read: {reason}") from error
    return found


def remove_secrets(environment: MutableMapping[str, str]) -> None:
    """Take the secrets out of an environment, for the processes that inherit it from then on."""
    for name in FIELDS:
        environment.pop(name, None)

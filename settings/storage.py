"""Where the archive lives: home folder, bucket, S3 endpoint and index database, from the environment, read once."""

import os
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from settings.secrets import secrets_in_files


class SettingsError(Exception):
    """The environment holds a value that Kliping cannot use; the message names the variable."""


class Home(BaseSettings):
    """The folder of all local state; known also where other settings are wrong."""

    model_config = SettingsConfigDict(env_prefix="KLIPING_", populate_by_name=True, extra="ignore", frozen=True)

    home: Path = Path(".kliping")
    """All local state: spool, index, logs, and with `make up` Airflow and the S3 server's data."""

    @field_validator("home")
    @classmethod
    def _absolute(cls, home: Path) -> Path:
        return home.expanduser().absolute()

    @property
    def spool(self) -> Path:
        """Folder of the batches that are not in the bucket yet."""
        return self.home / "spool"


class Storage(Home):
    """Storage settings. `KLIPING_*` are our own, the bucket's endpoint and keys are the standard `AWS_*`."""

    min_free_mb: int = Field(default=512, ge=0)
    """Megabytes that a crawl leaves free on the disk of the spool: a batch that is being written (up to 256), and as
    much again for the index, the logs and what else shares the disk. Below it runs end early, with `disk_full`.
    """

    keep_versions_days: int = Field(default=7, ge=1)
    """Days for which earlier versions of the tables can be read: a reader that opened one goes on that long, and a
    night's work that proves wrong can be looked up. It costs the room of a week's replaced files.
    """

    keep_leftovers_days: int = Field(default=30, ge=1)
    """Days for which this machine keeps what nothing needs any more but a person may want to look at: damaged batches
    whose whole parts are delivered, damaged indexes, and with `make up` Airflow's runs and their logs.
    """

    bucket: str = Field(default="kliping", pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")
    index_url: str | None = None
    """SQLAlchemy URL of the index database; None is SQLite under `home`. PostgreSQL where several machines crawl."""

    endpoint_url: str | None = Field(
        default=None, validation_alias=AliasChoices("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"), pattern=r"^https?://"
    )
    """S3 endpoint; None is AWS itself."""

    access_key_id: str | None = Field(default=None, validation_alias="AWS_ACCESS_KEY_ID")
    secret_access_key: SecretStr | None = Field(default=None, validation_alias="AWS_SECRET_ACCESS_KEY")
    session_token: SecretStr | None = Field(default=None, validation_alias="AWS_SESSION_TOKEN")
    region: str = Field(default="us-east-1", validation_alias=AliasChoices("AWS_REGION", "AWS_DEFAULT_REGION"))

    search_folder: Path | None = None
    """Folder of this machine's copy of the search index, which whoever searches here has to be able to write; None is
    `search` under `home`. Half the size of the texts.
    """

    price_per_gb: float | None = Field(default=None, ge=0)
    """What a gigabyte (10^9 bytes) of the bucket costs a month, in whatever currency; the newsroom shows what its
    storage comes to.
    """

    @property
    def search_copy(self) -> Path:
        """Folder of this machine's copy of the search index."""
        return (self.search_folder or self.home / "search").expanduser().absolute()

    @property
    def tdm_files(self) -> Path:
        """Folder of the sites' tdmrep.json, kept for a day."""
        return self.home / "tdm"

    @property
    def index(self) -> str:
        """SQLAlchemy URL of the index database."""
        return self.index_url or f"sqlite:///{self.home / 'index.db'}"


AnyStorage = TypeVar("AnyStorage", bound=Storage)


def describe_errors(error: ValidationError, settings: type[BaseSettings]) -> str:
    """What `error` says against `settings`, in one sentence: each environment variable, the reason, the value."""
    return "; ".join(
        f"{_variable(e['loc'], settings)}: {_inside(e['loc'])}{e['msg']} (it is {e['input']!r})" for e in error.errors()
    )


def _inside(loc: tuple[int | str, ...]) -> str:
    """Where in a variable that holds several named values the wrong one stands: 'republika.on: '."""
    names = [part for part in loc[1:] if isinstance(part, str)]
    return f"{'.'.join(names)}: " if names else ""


def _variable(loc: tuple[int | str, ...], settings: type[BaseSettings]) -> str:
    """The environment variable behind an error's location: pydantic names the field, or the first of its aliases."""
    name = str(loc[0])
    for alias in (field.validation_alias for field in settings.model_fields.values()):
        if isinstance(alias, AliasChoices) and name in alias.choices:
            return next((str(choice) for choice in alias.choices if choice in os.environ), name)
    is_field = name in settings.model_fields
    return f"{settings.model_config.get('env_prefix', '')}{name}".upper() if is_field else name


def home() -> Home:
    """The home folder, which a wrong setting of anything else does not keep from us."""
    return Home()


@cache
def storage() -> Storage:
    """The storage settings of this process.

    Raises SettingsError naming each wrong variable.
    """
    return settings_from_environment(Storage)


def settings_from_environment(kind: type[AnyStorage]) -> AnyStorage:
    """The settings of this kind as the environment and the files of secrets that it names state them.

    Raises SettingsError naming each wrong variable.
    """
    try:
        stated: dict[str, Any] = {**secrets_in_files(os.environ)}
        return kind(**stated)
    except ValidationError as error:
        raise SettingsError(f"wrong settings: {describe_errors(error, kind)}") from error
    except ValueError as error:
        raise SettingsError(f"wrong settings: {error}") from error

"""How we crawl, as far as an operator decides it: contact address, permissions, re-visits, from the environment, read
once.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from settings.exclusions import Exclusion, read_exclusions
from settings.json_or_toml import json_or_toml
from settings.storage import SettingsError, describe_errors
from settings.version import VERSION

POOL = "crawl"
"""The Airflow pool that every crawl takes a slot of: it bounds all of them together, whatever their schedules."""


class Permission(BaseModel):
    """A site owner's consent to being crawled, as the operator has it on record."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    by: str = Field(min_length=3)
    """Who gave it: person, office, letter."""

    on: date
    """The day on which it was given."""

    waives_robots: bool = False
    """Whether it covers what robots.txt bars as well. Its Crawl-delay is kept all the same."""

    def __str__(self) -> str:
        covers = ", robots.txt waived" if self.waives_robots else ""
        return f"given by {self.by} on {self.on:%Y-%m-%d}{covers}"


class Crawl(BaseSettings):
    """Crawl settings, all `KLIPING_*`."""

    model_config = SettingsConfigDict(env_prefix="KLIPING_", extra="ignore", frozen=True)

    contact: str | None = Field(default=None, pattern=r"^(https?://\S+|mailto:\S+@\S+|[^@\s]+@[^@\s]+\.\S+)$")
    """Where a site's operator reaches us, in every request's user agent. Real sites are not crawled without it."""

    permissions: Annotated[Mapping[str, Permission], NoDecode] = Field(default_factory=dict)
    """Consents by site name: JSON, or the absolute path of a TOML file. A site that needs one is crawled only with it.
    """

    exclusions: Annotated[tuple[Exclusion, ...], NoDecode] = ()
    """Addresses that nothing is fetched from, because their owners asked for it: JSON, or the absolute path of a TOML
    file.
    """

    revisit_hours: Annotated[tuple[Annotated[float, Field(gt=0)], ...], NoDecode] = (6.0, 24.0, 72.0)
    """Ages after the first fetch at which an article is looked at again: most edits come within three days."""

    retry_hours: Annotated[tuple[Annotated[float, Field(gt=0)], ...], NoDecode] = (1.0, 6.0, 24.0, 72.0)
    """Ages after the first failure at which a URL that failed is tried again; after the last it is left alone."""

    near_duplicate_days: int = Field(default=30, ge=0)
    """How far apart in publication two texts may lie and still be near copies of each other."""

    keep_reserved: bool = False
    """Whether the bodies of pages that state what their site's policy refuses (noarchive) go into the WARC files after
    all. For those who have the right to keep them; they are not published either way."""

    @field_validator("revisit_hours", "retry_hours", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value

    @field_validator("permissions", mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return json_or_toml(value.strip(), "{") if value.strip() else {}

    @field_validator("exclusions", mode="before")
    @classmethod
    def _read_exclusions(cls, value: object) -> object:
        return read_exclusions(value.strip()) if isinstance(value, str) else value

    def exclusion(self, url: str) -> Exclusion | None:
        """The entry by which `url` is excluded, None where it is not."""
        return next((entry for entry in self.exclusions if entry.covers(url)), None)

    @property
    def user_agent(self) -> str:
        return f"Kliping/{VERSION} (+{self.contact or 'no contact stated'})"

    @property
    def revisit_intervals(self) -> tuple[timedelta, ...]:
        return tuple(timedelta(hours=h) for h in self.revisit_hours)

    @property
    def retry_intervals(self) -> tuple[timedelta, ...]:
        return tuple(timedelta(hours=h) for h in self.retry_hours)


@cache
def crawl() -> Crawl:
    """The crawl settings of this process.

    Raises SettingsError naming each wrong variable.
    """
    try:
        return Crawl()
    except ValidationError as error:
        raise SettingsError(f"wrong settings: {describe_errors(error, Crawl)}") from error


FAILURE = "failure"
"""The XCom in which a task of Airflow's keeps why it failed: `sentence`, and whether it `needs_somebody`."""

TASK = "crawl"
"""The only task of a site's DAG."""

"""Addresses that are left alone because somebody asked for it: the operator's list, and how it is matched."""

import re
from datetime import date
from urllib.parse import SplitResult, unquote, urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

from settings.json_or_toml import json_or_toml

TWIN_PREFIX = re.compile(r"^(?:(?:www|m|amp|mobile)\.)+")
"""What the hosts of a site's mobile and other twins begin with: who excludes a page means it there as well."""


class Exclusion(BaseModel):
    """One entry of the list: what must not be fetched, since when, and why."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    address: str = Field(min_length=3)
    """A host ('kabar.example': with all hosts below it), or a URL: itself and what lies below it. `*` in either stands
    for anything ('kabar.example/*/foto/'). The scheme does not count, nor do www. and the like.
    """

    on: date
    """The day on which it was asked for."""

    reason: str = Field(min_length=3)
    """Who asked, and why."""

    def __str__(self) -> str:
        return f"{self.address} is excluded since {self.on:%Y-%m-%d} ({self.reason})"

    @field_validator("address")
    @classmethod
    def _has_host(cls, address: str) -> str:
        if not _parts(address).hostname:
            raise ValueError("it names neither a host nor a URL")
        return address

    def covers(self, url: str) -> bool:
        """Whether `url`, an absolute one, is excluded."""
        return is_at_or_below(self.address, url)


def is_at_or_below(address: str, url: str) -> bool:
    """Whether `url`, an absolute one, is what an `address` names, or below it; see `Exclusion.address`."""
    try:
        asked, named = urlsplit(url), _parts(address)
        ports = (named.port, asked.port)
    except ValueError:
        return False
    host, path = _host(named), _path(named)
    below = r"(?:[^/]+\.)?" if path == "/" else ""
    if ports[0] not in (None, ports[1]) or not re.fullmatch(below + _pattern(host), _host(asked)):
        return False
    end = "" if path.endswith("/") else r"(?:[/?&#].*)?$"
    return re.match(_pattern(path) + end, _path(asked), re.DOTALL) is not None


def read_exclusions(stated: str) -> object:
    """What KLIPING_EXCLUSIONS states, from its JSON or from the file that it names; nothing where it is empty.

    Raises ValueError where it could not be read.
    """
    if not stated:
        return ()
    found = json_or_toml(stated, "[")
    if not isinstance(found, dict):
        return found
    if wrong := sorted(found.keys() - {"exclude"}):
        raise ValueError(f"the file holds {wrong[0]!r}, and only [[exclude]] is known")
    return found.get("exclude", ())


def _parts(address: str) -> SplitResult:
    return urlsplit(address if "://" in address else f"http://{address}")


def _host(parts: SplitResult) -> str:
    return TWIN_PREFIX.sub("", (parts.hostname or "").rstrip("."), count=1)


def _path(parts: SplitResult) -> str:
    path = unquote(parts.path) + (f"?{unquote(parts.query)}" if parts.query else "")
    return re.sub(r"/{2,}", "/", path or "/")


def _pattern(stated: str) -> str:
    return ".*".join(map(re.escape, stated.split("*")))

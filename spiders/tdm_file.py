"""A site's `/.well-known/tdmrep.json`: which of its pages it reserves from text and data mining.

After the TDM Reservation Protocol of the W3C Community Group (final report of 2024): an array of rules, each with a
`location` (a pattern of paths), a `tdm-reservation` (1 or 0) and maybe a `tdm-policy`. A page's own header goes before
it, and its meta element before that. To reserve is to say so: what could not be read reserves nothing, but what an
earlier answer reserved stays so until another one is read.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pydantic import TypeAdapter

from pipelines.rights import Reservation
from pipelines.visit import GONE_STATUSES
from settings.clock import utc_now
from spiders.answer import Answer
from spiders.canonical import origin_of
from spiders.download_errors import reason
from spiders.fetch import Fetch, conditions
from spiders.politeness import RobotsDenied
from spiders.replay import NotCaptured

logger = logging.getLogger(__name__)

PATH = "/.well-known/tdmrep.json"

MAX_AGE = timedelta(days=1)
"""How long an answer is used, a failed one too: a site is asked once a day."""

MAX_BYTES = 512 * 1024
"""Of the file; as much as is read of a robots.txt."""

MAX_RULES = 1000
"""Of one file. The longest seen has some dozens."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the file: for paths that match `location` (`*` is anything, a final `$` the end) it says
    `reservation`.
    """

    location: str
    reservation: Reservation

    def matches(self, path: str) -> bool:
        """Whether a path with its query matches, percent-encoding aside."""
        is_anchored = self.location.endswith("$")
        first, *others = [unquote(part) for part in self.location.removesuffix("$").split("*")]
        path = unquote(path)
        if not path.startswith(first):
            return False
        at = len(first)
        if is_anchored and not others:
            return at == len(path)
        last = others.pop() if is_anchored else ""
        for part in others:
            found = path.find(part, at)
            if found < 0:
                return False
            at = found + len(part)
        return len(path) - len(last) >= at and path.endswith(last)


@dataclass(frozen=True, slots=True)
class TdmFile:
    """A site's file as it was last read, with what the next conditional request needs."""

    origin: str
    fetched_at: datetime
    rules: Sequence[Rule] = ()
    etag: str | None = None
    last_modified: str | None = None

    @property
    def reserves_anything(self) -> bool:
        """Whether any of its rules reserves."""
        return any(rule.reservation.is_reserved for rule in self.rules)

    def reservation(self, url: str) -> Reservation | None:
        """What the file says of `url`, None where it says nothing: of the rules that match, the one with the longest
        location; of two that are equally long the one that reserves.
        """
        parts = urlsplit(url)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        found = [rule for rule in self.rules if rule.matches(path)]
        best = max(found, key=lambda rule: (len(rule.location), rule.reservation.is_reserved), default=None)
        return best.reservation if best else None


_TDM_FILE = TypeAdapter(TdmFile)


def read_rules(body: str) -> tuple[Rule, ...]:
    """The rules of a file, in order; those that say neither 0 nor 1 are left out.

    Raises ValueError where it is not such a file.
    """
    try:
        stated = json.loads(body)
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error
    rules = stated if isinstance(stated, list) else [stated]
    return tuple(rule for value in rules[:MAX_RULES] if (rule := _rule(value)))


def _rule(value: object) -> Rule | None:
    stated = value.get("tdm-reservation") if isinstance(value, dict) else None
    if not isinstance(value, dict) or stated not in (0, 1, "0", "1"):
        return None
    location, policy = value.get("location"), value.get("tdm-policy")
    location = location.strip() if isinstance(location, str) else ""
    if not location.startswith(("/", "*")):
        location = "/" + location
    return Rule(location, Reservation(stated in (1, "1"), policy if isinstance(policy, str) else None))


@dataclass(slots=True)
class TdmFiles:
    """The files of the sites of one run, each read once.

    `folder` is where they are kept for a day, None where nothing is kept.
    """

    fetch: Fetch
    warn: Callable[[str], None]
    folder: Path | None = None
    is_read_only: bool = False
    _files: dict[str, TdmFile] = field(default_factory=dict)

    async def load(self, url: str) -> TdmFile:
        """The file of the origin of `url`; asked for at most once a day, where there is a folder to keep it."""
        origin = origin_of(url)
        if origin not in self._files:
            now, known = utc_now(), self._kept(origin)
            if known is None or not timedelta() <= now - known.fetched_at < MAX_AGE:
                known = await self._asked(origin, known, now)
                self._keep(known)
            self._files[origin] = known
        return self._files[origin]

    def reserves(self, url: str) -> bool:
        """Whether the file of the origin of `url` reserves it; not where the file was not loaded."""
        file = self._files.get(origin_of(url))
        reservation = file.reservation(url) if file else None
        return reservation is not None and reservation.is_reserved

    async def _asked(self, origin: str, known: TdmFile | None, now: datetime) -> TdmFile:
        known = replace(known, fetched_at=now) if known else TdmFile(origin, now)
        headers = conditions(known.etag, known.last_modified)
        try:
            answer = await self.fetch(origin + PATH, headers=headers, max_bytes=MAX_BYTES, is_tried_once=True)
        except (NotCaptured, RobotsDenied):
            return known
        except Exception as error:  # noqa: BLE001 - whatever keeps us from reading it, it says what it said before
            self.warn(f"{origin}{PATH} could not be read: {reason(error)}")
            return known
        if answer.status in GONE_STATUSES:
            return TdmFile(origin, now)
        if answer.status != 200 or _is_web_page(answer):
            return known if answer.status != 200 else TdmFile(origin, now)
        try:
            rules = read_rules(answer.text)
        except ValueError as error:
            self.warn(f"{origin}{PATH} could not be read: {error}")
            return known
        for rule in rules:
            if rule.reservation.is_reserved:
                policy = f", policy {rule.reservation.policy}" if rule.reservation.policy else ""
                logger.info("%s reserves text and data mining for %s%s", origin, rule.location, policy)
        return TdmFile(origin, now, rules, answer.header("etag"), answer.header("last-modified"))

    def _kept(self, origin: str) -> TdmFile | None:
        path = self._path(origin)
        if path is None or not path.exists():
            return None
        try:
            kept = _TDM_FILE.validate_json(path.read_bytes())
        except (ValueError, OSError):
            return None  # it is asked for again
        return kept if kept.origin == origin else None

    def _keep(self, file: TdmFile) -> None:
        path = self._path(file.origin)
        if path is None or self.is_read_only:
            return
        part = path.with_suffix(".part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(_TDM_FILE.dump_json(file))
            part.replace(path)
        except OSError as error:  # a full disk is the spool's to tell of; this run knows what the file says
            self.warn(f"{file.origin}{PATH} is not kept for the day: {error.strerror}")

    def _path(self, origin: str) -> Path | None:
        name = hashlib.sha256(origin.encode()).hexdigest()[:32]
        return self.folder / f"{name}.json" if self.folder else None


def _is_web_page(answer: Answer) -> bool:
    """Whether a page came in place of the file: what many servers answer with for any address."""
    return answer.text.lstrip()[:1] == "<"

"""The demo's clock: when it began and which edition is out, kept in a folder so that a restart changes no date."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path

from demo.errors import StateError
from settings.clock import utc_now

WIB = timezone(timedelta(hours=7), "WIB")
STATE_FILE = "state.json"


def now() -> datetime:
    """The present second in WIB."""
    return utc_now().astimezone(WIB).replace(microsecond=0)


def minute(at: datetime) -> datetime:
    """The minute that a time falls into: news sites print their dates to the minute."""
    return at.replace(second=0, microsecond=0)


class Clock:
    """Epoch, edition and the moments at which the demo moved on, all aware datetimes in WIB.

    Raises StateError when the folder cannot be read or written.
    """

    def __init__(self, folder: Path, present: Callable[[], datetime] = now) -> None:
        self._file = folder / STATE_FILE
        self._present = present
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if self._file.exists():
                self.epoch, self._moves = _read(self._file)
            else:
                self.epoch, self._moves = minute(present()), {}
                self._write(self._moves)
        except OSError as error:
            raise StateError(f"the state folder {folder} cannot be used: {error.strerror}") from error

    @property
    def edition(self) -> int:
        return max(self._moves, default=1)

    def began(self, edition: int) -> datetime:
        """The minute since which an edition's news is out: the epoch for the first, for later ones that of the move.

        Raises ValueError for an edition that is not out yet.
        """
        if edition == 1:
            return self.epoch
        return minute(min(at for number, at in self._moves.items() if number >= edition))

    @property
    def moved(self) -> datetime:
        """The second at which the present edition came out."""
        return self._moves.get(self.edition, self.epoch)

    def move(self, edition: int) -> None:
        """Move on to an edition; the edition that is out already changes nothing.

        Raises StateError for an edition that lies behind, and when the state cannot be written.
        """
        if edition < self.edition:
            raise StateError(f"edition {self.edition} is out; the demo does not go back to {edition}")
        if edition == self.edition:
            return
        moves = {**self._moves, edition: self._present()}
        try:
            self._write(moves)
        except OSError as error:
            raise StateError(f"{self._file} cannot be written: {error.strerror}") from error
        self._moves = moves

    def _write(self, moves: Mapping[int, datetime]) -> None:
        state = {
            "epoch": self.epoch.isoformat(),
            "moves": {str(number): at.isoformat() for number, at in moves.items()},
        }
        draft = self._file.with_suffix(".draft")
        draft.write_text(json.dumps(state, indent=2) + "\n", encoding="utf-8")
        draft.replace(self._file)


def _read(file: Path) -> tuple[datetime, dict[int, datetime]]:
    try:
        state = json.loads(file.read_text(encoding="utf-8"))
        moves = {int(number): datetime.fromisoformat(at) for number, at in state["moves"].items()}
        return datetime.fromisoformat(state["epoch"]), moves
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise StateError(f"{file} is damaged; remove it to let the demo begin anew") from error

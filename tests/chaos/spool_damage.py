"""What can happen to a batch on disk: each damages one file of it, and says how."""

import random
from collections.abc import Callable, Mapping
from pathlib import Path

Damage = Callable[[Path, random.Random], str]
"""Given a batch's folder."""

JOURNAL, WARC, CDXJ, SEAL, SEQUENCE = "journal.jsonl", "part.warc.gz", "part.cdxj", "batch.json", "../sequence.json"


def _cut(name: str, least: int, most: float) -> Damage:
    """Cut a file somewhere between `least` bytes and the share `most` of it."""

    def damage(batch: Path, chance: random.Random) -> str:
        path = batch / name
        if not path.exists():
            return f"there is no {name}"
        size = path.stat().st_size
        length = chance.randint(min(least, size), max(least, int(size * most)))
        path.write_bytes(path.read_bytes()[:length])
        return f"{name} cut from {size} to {length} bytes"

    return damage


def _garbled(name: str, length: int) -> Damage:
    """Put random bytes over some of a file's."""

    def damage(batch: Path, chance: random.Random) -> str:
        path = batch / name
        content = bytearray(path.read_bytes()) if path.exists() else bytearray()
        if len(content) < 2:
            return f"{name} holds nothing"
        at = chance.randrange(len(content))
        content[at : at + length] = chance.randbytes(min(length, len(content) - at))
        path.write_bytes(content)
        return f"{length} bytes of {name} garbled at {at}"

    return damage


def _removed(name: str) -> Damage:
    def damage(batch: Path, _: random.Random) -> str:
        (batch / name).unlink(missing_ok=True)
        return f"{name} removed"

    return damage


def _replaced(name: str, content: bytes) -> Damage:
    def damage(batch: Path, _: random.Random) -> str:
        (batch / name).write_bytes(content)
        return f"{name} replaced by {content!r}"

    return damage


def _line(change: Callable[[list[bytes], int], None]) -> Damage:
    """Change one of the journal's lines."""

    def damage(batch: Path, chance: random.Random) -> str:
        path = batch / JOURNAL
        lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
        if not lines:
            return "the journal is empty"
        number = chance.randrange(len(lines))
        change(lines, number)
        path.write_bytes(b"".join(lines))
        return f"line {number + 1}"

    return damage


def _halve(lines: list[bytes], number: int) -> None:
    lines[number] = lines[number][: len(lines[number]) // 2] + b"\n"


def _drop(lines: list[bytes], number: int) -> None:
    del lines[number]


def _double(lines: list[bytes], number: int) -> None:
    lines.insert(number, lines[number])


def _blank(lines: list[bytes], number: int) -> None:
    lines.insert(number, b"\n")


def _nul(lines: list[bytes], number: int) -> None:
    lines[number] = bytes(len(lines[number]))


def _break(lines: list[bytes], number: int) -> None:
    at = len(lines[number]) // 2
    lines[number] = lines[number][:at] + b"\n" + lines[number][at:]


DAMAGES: Mapping[str, Damage] = {
    "journal cut": _cut(JOURNAL, 0, 1.0),
    "journal garbled": _garbled(JOURNAL, 100),
    "journal bit": _garbled(JOURNAL, 1),
    "journal line halved": _line(_halve),
    "journal line lost": _line(_drop),
    "journal line twice": _line(_double),
    "journal blank line": _line(_blank),
    "journal zeros": _line(_nul),
    "journal line broken": _line(_break),
    "journal lost": _removed(JOURNAL),
    "warc cut": _cut(WARC, 0, 1.0),
    "warc garbled": _garbled(WARC, 50),
    "warc bit": _garbled(WARC, 1),
    "warc emptied": _cut(WARC, 0, 0.0),
    "warc lost": _removed(WARC),
    "cdxj cut": _cut(CDXJ, 0, 1.0),
    "cdxj garbled": _garbled(CDXJ, 20),
    "seal cut": _cut(SEAL, 0, 0.9),
    "seal garbled": _garbled(SEAL, 5),
    "seal of another kind": _replaced(SEAL, b"[1, 2]"),
    "seal null": _replaced(SEAL, b"null"),
    "sequence cut": _cut(SEQUENCE, 0, 0.9),
    "sequence garbled": _garbled(SEQUENCE, 5),
    "sequence of another kind": _replaced(SEQUENCE, b'{"sequence": 5, "number": "dua"}'),
    "sequence emptied": _replaced(SEQUENCE, b""),
    "sequence lost": _removed(SEQUENCE),
}

"""`make bench-duplicates`: how well copies are told from other texts, and what a verdict costs.

Every pair is judged twice: by itself, as when the first two texts of a template come in, and in an archive that holds
the first texts of all pairs.
"""

import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.duplicates.pairs import CHOOSING, STATING, Pair, made, pairs_of
from pipelines.index.comparison import Kind, Wording, likeness
from pipelines.index.database import Index
from pipelines.index.fingerprints import wording
from pipelines.index.records import IndexUpdate, Status, TextFingerprint, UrlRecord

DAY = datetime(2026, 11, 24, tzinfo=UTC)
WINDOW = timedelta(days=30)
CONTAINMENTS = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)


@dataclass(frozen=True, slots=True)
class Found:
    """What a pair was taken for: the kind of the link, None without one, its containment, and whether it is to the
    text of the pair.
    """

    pair: Pair
    kind: Kind | None
    containment: float
    is_right: bool
    milliseconds: float = 0.0

    @property
    def is_linked(self) -> bool:
        """Whether the two were taken for the same text, or the one for a part of the other."""
        return self.kind is not None and self.kind is not Kind.SIMILAR


def alone(pairs: Iterable[Pair]) -> list[Found]:
    """The pairs as each is judged by itself."""
    found = []
    for pair in pairs:
        other, text = wording(pair.other), wording(pair.text)
        like = likeness(Wording.read(other), Wording.read(text)) if other and text else None
        found.append(Found(pair, like.kind if like else None, like.containment if like else 0.0, is_right=True))
    return found


def archived(pairs: Sequence[Pair], folder: Path) -> list[Found]:
    """The pairs as they are judged in an archive of all their texts."""
    found = []
    with Index.open(f"sqlite:///{folder / 'index.db'}") as index:
        texts = [_fingerprint(f"text-{number}", pair.text) for number, pair in enumerate(pairs)]
        index.commit(
            IndexUpdate(UrlRecord(text.url, text.article_id, "situs", Status.ARCHIVED, DAY, DAY), text)
            for text in texts
        )
        for number, pair in enumerate(pairs):
            began = time.process_time()
            match = index.match(_fingerprint(f"other-{number}", pair.other), WINDOW)
            spent = (time.process_time() - began) * 1000
            is_right = match is not None and match.article_id == texts[number].article_id
            containment = match.containment if match else 0.0
            found.append(Found(pair, match.kind if match else None, containment, is_right, spent))
    return found


def _fingerprint(slug: str, body: str) -> TextFingerprint:
    return TextFingerprint.from_body(f"https://situs.example/{slug}", site="situs", run="", body=body, published_at=DAY)


def table(found: Sequence[Found]) -> list[str]:
    """For each way of making pairs, what they were taken for, and the CPU time of a verdict."""
    by_kind: dict[str, list[Found]] = defaultdict(list)
    for one in found:
        by_kind[one.pair.kind].append(one)
    lines = ["| made by | copies | exact, near | contains | similar | none | ms |", "|---|---|---|---|---|---|---|"]
    for kind, of_kind in by_kind.items():
        counts = [
            sum(one.kind in kinds for one in of_kind)
            for kinds in ((Kind.EXACT, Kind.NEAR), (Kind.CONTAINS,), (Kind.SIMILAR,), (None,))
        ]
        spent = statistics.median(one.milliseconds for one in of_kind)
        are_copies = "yes" if of_kind[0].pair.is_copy else "no"
        lines.append(f"| {kind} | {are_copies} | {' | '.join(map(str, counts))} | {spent:.1f} |")
    return lines


def score(found: Sequence[Found], at_least: float = 0.0) -> tuple[float, float]:
    """Precision and recall of the links whose containment is at least that; a link to another text is a false one."""
    linked = [one for one in found if one.is_linked and one.containment >= at_least]
    true = sum(one.pair.is_copy and one.is_right for one in linked)
    copies = sum(one.pair.is_copy for one in found)
    return (true / len(linked) if linked else 1.0), (true / copies if copies else 1.0)


def report(title: str, pairs: Sequence[Pair]) -> None:
    """Print what is found of the pairs."""
    with tempfile.TemporaryDirectory(prefix="kliping-bench-") as folder:
        in_archive = archived(pairs, Path(folder))
    for name, found in (("each pair by itself", alone(pairs)), ("in an archive of all texts", in_archive)):
        precision, recall = score(found)
        false = sum(one.is_linked and not one.pair.is_copy for one in found)
        others = sum(not one.pair.is_copy for one in found)
        print(f"\n{title}, {name}: precision {precision:.4f}, recall {recall:.4f}; {false} of {others} falsely linked")
    print("links of at least this containment:", end="")
    for at_least in CONTAINMENTS:
        precision, recall = score(in_archive, at_least)
        print(f"  {at_least}: P {precision:.3f} R {recall:.3f}", end="")
    median = statistics.median(one.milliseconds for one in in_archive)
    print(f"\nCPU time of a verdict: {median:.2f} ms at the median\n\n" + "\n".join(table(in_archive)), flush=True)


def main(arguments: Sequence[str]) -> None:
    """Measure on the pairs of a file, or on those made here."""
    if arguments:
        report(arguments[0], pairs_of(Path(arguments[0])))
        return
    for half in (CHOOSING, STATING):
        report(half, list(made(half)))


if __name__ == "__main__":
    main(sys.argv[1:])

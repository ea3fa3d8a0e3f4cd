"""The table of cleaning: Kliping beside other extractors, over sets of pages.

python -m benchmarks.cleaning FOLDER... [--rivals NAME,NAME]

A folder is a set or holds some (`pages.py`); without one, those that KLIPING_PAGES names, with `:` between them. CPU is
process time per page for body and metadata together. Kliping and trafilatura take turns on each page in one process,
the better of two rounds; the others have a process of their own, and one round.
"""

import argparse
import gc
import logging
from collections import Counter
from collections.abc import Iterator, Sequence

from rich.box import MARKDOWN
from rich.console import Console
from rich.table import Table

from benchmarks.cleaning.extractors import RIVALS, Extractor, is_installed, kliping, kliping_body, trafilatura
from benchmarks.cleaning.isolation import IsolatedExtractor, timed_answer
from benchmarks.cleaning.pages import PageSet, SavedPage, add_folders, sets_of
from benchmarks.cleaning.scoring import Answer, Score, f1_of_means, mean, score

ROUNDS_PER_PAGE = 2
"""Runs of an extractor on a page; the better one counts, since another program may have disturbed the other."""

COLUMNS = (
    "body F1", "page F1", "lost", "whole", "no residue", "snippets", "title", "authors", "day", "minute", "refused",
    "doubtful", "CPU ms", "CPU",
)  # fmt: skip
"""`lost` is the share of pages whose F1 is under .5, `whole` that of recall .98 or more; the last is a share of
trafilatura's CPU time."""


class Run:
    """The answers of one extractor to the pages of a set."""

    def __init__(self, label: str, pages: Sequence[SavedPage], answers: Sequence[Answer], seconds: float) -> None:
        self.label = label
        self.pages = pages
        self.answers = answers
        self.milliseconds = 1000 * seconds / len(pages)

    def share(self, count: int) -> float:
        return count / len(self.pages)

    def figures(self, trafilatura_milliseconds: float) -> dict[str, float | None]:
        """The figures of COLUMNS."""
        scores: list[Score] = [score(answer, page.truth) for answer, page in zip(self.answers, self.pages, strict=True)]
        return {
            "body F1": f1_of_means(scores),
            "page F1": mean(s.f1 for s in scores),
            "lost": mean(s.lost for s in scores),
            "whole": mean(s.whole for s in scores),
            "no residue": mean(s.clean for s in scores),
            "snippets": mean(s.snippets for s in scores),
            "title": mean(s.title for s in scores),
            "authors": mean(s.authors for s in scores),
            "day": mean(s.day for s in scores),
            "minute": mean(s.minute for s in scores),
            "refused": self.share(sum(answer.refused is not None for answer in self.answers)),
            "doubtful": self.share(sum(bool(answer.doubts) for answer in self.answers)),
            "CPU ms": self.milliseconds or None,
            "CPU": self.milliseconds / trafilatura_milliseconds or None,
        }


def runs(pages: Sequence[SavedPage], rivals: Sequence[str]) -> Iterator[Run]:
    """Run all extractors over pages; the first is Kliping as it archives, the third trafilatura."""
    ours, theirs = side_by_side(pages, (kliping, trafilatura))
    yield Run("Kliping", pages, *ours)
    bodies = [
        kliping_body(page.html, page.url) if answer.refused else answer
        for page, answer in zip(pages, ours[0], strict=True)
    ]
    yield Run("Kliping, refusing none", pages, bodies, 0)
    yield Run("trafilatura", pages, *theirs)
    for label in rivals:
        with IsolatedExtractor(RIVALS[label][0]) as rival:
            answered = [rival.answer(page.html, page.url) for page in pages]
        yield Run(label, pages, [answer for answer, _ in answered], sum(seconds for _, seconds in answered))


def side_by_side(pages: Sequence[SavedPage], extractors: Sequence[Extractor]) -> list[tuple[list[Answer], float]]:
    """The answers of each extractor, and its CPU seconds, page by page in turns."""
    answers: list[list[Answer]] = [[] for _ in extractors]
    spent = [0.0] * len(extractors)
    for number, page in enumerate(pages):
        html = page.html
        if number % 20 == 0:
            gc.collect()
            gc.freeze()  # what one extractor left is nobody's garbage to look through
        for index, extractor in enumerate(extractors):
            timed = [timed_answer(extractor, html, page.url) for _ in range(ROUNDS_PER_PAGE)]
            answers[index].append(timed[0][0])
            spent[index] += min(seconds for _, seconds in timed)
    return list(zip(answers, spent, strict=True))


def table_of(title: str, found: Sequence[Run]) -> Table:
    """The figures of some runs; columns that hold nothing are left out."""
    yardstick = next(run.milliseconds for run in found if run.label == "trafilatura")
    figures = {run.label: run.figures(yardstick) for run in found}
    shown = [name for name in COLUMNS if any(row[name] is not None for row in figures.values())]
    table = Table("", *shown, title=f"{title}: {len(found[0].pages)} pages", box=MARKDOWN)
    for label, row in figures.items():
        table.add_row(label, *(_cell(name, row[name]) for name in shown))
    return table


def _cell(name: str, value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.1f}" if name == "CPU ms" else f"{value:.3f}"


def refusals_of(answered: Sequence[tuple[SavedPage, Answer]]) -> Iterator[Table]:
    """What Kliping refuses or doubts, of articles and of other pages: by kind of page, then by reason."""
    by_kind = Table(
        "", "pages", "refused", "doubtful", "either", title="Refused or doubtful, by kind of page", box=MARKDOWN
    )
    kinds: dict[str, list[Answer]] = {}
    for page, answer in answered:
        kinds.setdefault(page.truth.get("kind") or "article", []).append(answer)
    for kind, answers in sorted(kinds.items()):
        refused = sum(answer.refused is not None for answer in answers)
        doubtful = sum(bool(answer.doubts) for answer in answers)
        shares = (f"{count / len(answers):.3f}" for count in (refused, doubtful, refused + doubtful))
        by_kind.add_row(kind, str(len(answers)), *shares)
    yield by_kind
    reasons: Counter[tuple[str, bool]] = Counter()
    for page, answer in answered:
        marks = [f"refused: {answer.refused}"] if answer.refused else [f"doubtful: {doubt}" for doubt in answer.doubts]
        reasons.update((mark, page.is_article) for mark in marks)
    by_reason = Table("", "articles", "no articles", title="Reasons", box=MARKDOWN)
    for reason in sorted({reason for reason, _ in reasons}):
        by_reason.add_row(reason, str(reasons[reason, True]), str(reasons[reason, False]))
    yield by_reason


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    add_folders(parser)
    parser.add_argument("--rivals", help="names of other extractors, with commas between them; without: all")
    options = parser.parse_args()
    sets = sets_of(parser, options)
    wanted = list(RIVALS) if options.rivals is None else [name for name in options.rivals.split(",") if name]
    if unknown := set(wanted) - RIVALS.keys():
        parser.error(f"{', '.join(sorted(unknown))}: there are {', '.join(RIVALS)}")
    rivals = [name for name in wanted if is_installed(RIVALS[name][1])]
    logging.disable(logging.CRITICAL)  # extractors log what they discard
    console = Console(width=200)
    for name in set(wanted) - set(rivals):
        console.print(f"{name} is not installed; benchmarks/requirements.in says which Python it needs")
    measure(sets, rivals, console)


def measure(sets: Sequence[PageSet], rivals: Sequence[str], console: Console) -> None:
    answered: list[tuple[SavedPage, Answer]] = []
    for page_set in sets:
        found = list(runs(page_set.pages, rivals))
        console.print(table_of(page_set.name, found))
        answered += zip(page_set.pages, found[0].answers, strict=True)
    for table in refusals_of(answered):
        console.print(table)


if __name__ == "__main__":
    main()

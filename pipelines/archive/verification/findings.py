"""What a verification finds, counted by kind, with the sentences that say it."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Self

MAX_FINDINGS = 1000
"""Findings that a report names one by one; what is beyond is counted by kind."""


class Kind(StrEnum):
    """What is wrong with a part of the archive."""

    WRONG_BUCKET = "wrong_bucket"
    ROLLED_BACK = "rolled_back"
    TABLE_MISSING = "table_missing"
    TABLE_UNREADABLE = "table_unreadable"
    LOG_DAMAGED = "log_damaged"
    CHECKPOINT_DAMAGED = "checkpoint_damaged"
    DATA_FILE_MISSING = "data_file_missing"
    DATA_FILE_DAMAGED = "data_file_damaged"
    ROW_DAMAGED = "row_damaged"
    KEY_TWICE = "key_twice"
    WARC_MISSING = "warc_missing"
    WARC_DAMAGED = "warc_damaged"
    RECORD_MISSING = "record_missing"
    RECORD_DAMAGED = "record_damaged"
    CDXJ_WRONG = "cdxj_wrong"
    LOST_ROW = "lost_row"
    LOST_REVISION = "lost_revision"
    NOT_IN_INDEX = "not_in_index"
    INDEX_DIFFERS = "index_differs"
    TEXT_WITHOUT_ARTICLE = "text_without_article"
    DAY_WRONG = "day_wrong"
    LOOK_WITHOUT_ROW = "look_without_row"
    CLEANED_OTHERWISE = "cleaned_otherwise"


WORDS = {
    Kind.WRONG_BUCKET: "the bucket is not the one of the index",
    Kind.ROLLED_BACK: "table(s) rolled back",
    Kind.TABLE_MISSING: "table(s) missing",
    Kind.TABLE_UNREADABLE: "table(s) that cannot be read",
    Kind.LOG_DAMAGED: "damaged or missing log entries of tables",
    Kind.CHECKPOINT_DAMAGED: "damaged checkpoint(s) of tables",
    Kind.DATA_FILE_MISSING: "missing data file(s) of tables",
    Kind.DATA_FILE_DAMAGED: "damaged data file(s) of tables",
    Kind.ROW_DAMAGED: "row(s) that contradict themselves",
    Kind.KEY_TWICE: "key(s) that stand twice",
    Kind.WARC_MISSING: "missing WARC file(s)",
    Kind.WARC_DAMAGED: "damaged WARC file(s)",
    Kind.RECORD_MISSING: "page(s) whose bytes are missing",
    Kind.RECORD_DAMAGED: "page(s) whose bytes are damaged",
    Kind.CDXJ_WRONG: "CDXJ file(s) missing or wrong",
    Kind.LOST_ROW: "URL(s) that the index takes for archived and no table has",
    Kind.LOST_REVISION: "article(s) whose latest revision no table has",
    Kind.NOT_IN_INDEX: "row(s) that the index does not know",
    Kind.INDEX_DIFFERS: "row(s) of which the index says otherwise",
    Kind.TEXT_WITHOUT_ARTICLE: "text(s) in the index without their article",
    Kind.LOOK_WITHOUT_ROW: "look(s) that brought an article which no table has",
    Kind.CLEANED_OTHERWISE: "article(s) that their pages do not come to",
    Kind.DAY_WRONG: "day(s) of sites whose figures are not what the tables come to",
}
"""Each kind in words, as a number stands before them."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: its kind, where (key of an object, name of a table, URL), what in words, and whether it
    was repaired.
    """

    kind: Kind
    where: str
    detail: str
    is_repaired: bool = False


@dataclass(slots=True)
class Verification:
    """What was verified, by what it is, and what was found wrong. `notes` are for information.

    `progress` is told now and then how far the verification has come.
    """

    progress: Callable[[str], None] = field(default=lambda _: None, repr=False)
    checked: Counter[str] = field(default_factory=Counter)
    found: Counter[Kind] = field(default_factory=Counter)
    repaired: Counter[Kind] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @classmethod
    def summed(cls, reports: Iterable[Mapping[str, Any]]) -> Self:
        """What verifications of parts come to together, by the numbers in their reports (see `to_json`)."""
        together = cls()
        for report in reports:
            together.checked.update(report["checked"])
            together.found.update({Kind(kind): count for kind, count in report["found"].items()})
            together.repaired.update({Kind(kind): count for kind, count in report["repaired"].items()})
        return together

    def add(self, kind: Kind, where: str, detail: str, *, is_repaired: bool = False) -> None:
        """Take note of something wrong; `detail` is one sentence."""
        self.found[kind] += 1
        self.repaired[kind] += is_repaired
        if len(self.findings) < MAX_FINDINGS:
            self.findings.append(Finding(kind, where, detail, is_repaired))

    @property
    def is_good(self) -> bool:
        """Whether nothing is wrong that was not repaired."""
        return self.found == self.repaired

    @property
    def summary(self) -> str:
        """What was verified and how it is, in one sentence."""
        checked = ", ".join(f"{count:,} {what}" for what, count in self.checked.items()) or "nothing"
        if not self.found:
            return f"verified {checked}: all is well."
        wrong = ", ".join(f"{count:,} {WORDS[kind]}" for kind, count in self.found.items())
        repaired = self.repaired.total()
        return f"verified {checked}: {wrong}" + (
            f"; {repaired:,} of {self.found.total():,} repaired." if repaired else "."
        )

    @property
    def failure(self) -> str:
        """What is still wrong and what to do, in one sentence; empty where all is well."""
        if self.is_good:
            return ""
        left = self.found - self.repaired
        wrong = ", ".join(f"{count:,} {WORDS[kind]}" for kind, count in left.items())
        first = next((finding for finding in self.findings if not finding.is_repaired), None)
        example = f", first {first.where}: {first.detail}" if first else ""
        return f"the archive is damaged: {wrong}{example}; see `kliping verify --help` for repair"

    def to_text(self) -> str:
        """The findings, a line each, and the sum."""
        lines = [
            f"{'repaired  ' if finding.is_repaired else ''}{finding.kind}  {finding.where}: {finding.detail}"
            for finding in self.findings
        ]
        return "\n".join([*lines, *self.notes, self.summary])

    def to_json(self) -> str:
        """One JSON object, as REPORT_FILE and `--json` have it."""
        return json.dumps(
            {
                "summary": self.summary,
                "failures": [self.failure] if self.failure else [],
                "checked": dict(self.checked),
                "found": dict(self.found),
                "repaired": {kind: count for kind, count in self.repaired.items() if count},
                "findings": [asdict(finding) for finding in self.findings],
                "notes": self.notes,
            },
            ensure_ascii=False,
        )

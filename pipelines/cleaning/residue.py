"""Removes residue from a text: what stands among its paragraphs without being part of it.

`residue_rules.py` holds the rules.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from pipelines.cleaning.markdown import NO_STRUCTURE, Structure
from pipelines.cleaning.residue_rules import RULES, Rule, RuleScope
from pipelines.cleaning.text_normalization import collapse_whitespace

MAX_RESIDUE_LINE_CHARS = 400
"""Characters of a line that a rule may remove as a whole: the longest residue seen, a caption, has 330."""

MAX_LINE_END_CHARS = 60
"""Characters at the end of a line in which a desk code or an end mark can stand."""

_LINK_LIST_LABEL = re.compile(
    r"\W*(?:(?:baca|simak|lihat|tonton)\s*(?:juga|pula)|(?:artikel|berita)\s+(?:terkait|lain\w*))\W*", re.IGNORECASE
)
"""A label without an article's title: links to the articles that it announces follow."""

MIN_LIST_ENTRY_LINK_SHARE = 0.9
"""Share of a line that must be links for it to be an entry in such a list of links."""

MAX_LABEL_CHARS = 60
"""Characters of a label that a list of links follows; longer lines before a link are sentences."""

MIN_LINK_LINE_SHARE = 0.3
"""Share of a line that must be links for the rules with the scope LINK: 'Baca juga:' may take two thirds of a line."""

MAX_END_LINES = 4
"""Lines at the end of a text that count as its end, even if long: credits may stand above a last paragraph."""

CREDIT_RULES = frozenset({"caption-credit", "caption-agency", "caption-copyright"})
"""The rules that know a caption by its credit."""

_CREDIT_START = re.compile(r"(?<=[.!?…\"”])\s+(?=\S)|\s+(?=[(\[])|\s*(?=©)|(?<=[.!?…\"”])(?=[(\[])")
"""Where a credit can begin: after a sentence, or with its bracket or sign."""

MIN_TOLD_CAPTION_CHARS = 60
"""Characters of a caption that tells something, credit included; shorter ones name what the picture shows."""

MAX_PASSES = 5
"""Passes over the ends of a text, each of which may uncover residue for the next: bounds the time."""

MIN_LONG_PARAGRAPH_CHARS = 120
"""Characters of a long paragraph. Residue is shorter; paragraphs of Indonesian news have 250 on average."""


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line of an extracted text.

    `tag` is its block element. `linked` and `bold` are the shares (0 to 1) of its characters in links and in bold type,
    `lead` is the bold text that it opens with. `after_image` is true if an image stands before it, `links_follow` if
    the next block is a link, `caption` if it is marked as a caption. `structure` is what Markdown keeps of it.
    """

    text: str
    tag: str = "p"
    linked: float = 0.0
    bold: float = 0.0
    lead: str = ""
    after_image: bool = False
    links_follow: bool = False
    caption: bool = False
    structure: Structure = NO_STRUCTURE


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A text without residue: its lines, the names of the rules that matched, and the fields that they found."""

    lines: tuple[TextLine, ...]
    matched_rules: tuple[str, ...] = ()
    fields: dict[str, tuple[str, ...]] = field(default_factory=dict)


def clean_lines(lines: Sequence[TextLine], rules: Sequence[Rule] = RULES) -> Cleaned:
    """Remove the residue from the lines of a text.

    The rules for residue anywhere in a text come first. Those for its ends are then applied until nothing changes,
    since one piece of residue can hide another.
    """
    work = _Work([_with_text(line, text) for line in lines if (text := collapse_whitespace(line.text))])
    if _is_told_in_captions(work.lines):
        work.cut_credits([rule for rule in rules if rule.name in CREDIT_RULES])
    anywhere = [rule for rule in rules if rule.scope in (RuleScope.LINE, RuleScope.LINK)]
    at_ends = [rule for rule in rules if rule.scope not in (RuleScope.LINE, RuleScope.LINK, RuleScope.INSIDE)]
    for rule in rules:
        if rule.scope is RuleScope.INSIDE:
            work.cut_inside(rule)
    work.drop_anywhere(anywhere)
    for _ in range(MAX_PASSES):
        before = work.lines
        for rule in at_ends:
            work.drop_at_ends(rule)
        if work.lines == before:
            break
    fields = {name: tuple(dict.fromkeys(values)) for name, values in work.fields.items()}
    return Cleaned(tuple(work.lines), tuple(sorted(work.matched_rules)), fields)


def _is_told_in_captions(lines: Sequence[TextLine]) -> bool:
    """Whether most of a text is sentences that stand as captions: a story in pictures."""
    told = sum(len(line.text) for line in lines if line.caption and len(line.text) >= MIN_TOLD_CAPTION_CHARS)
    return told > sum(len(line.text) for line in lines) / 2


def _with_text(line: TextLine, text: str) -> TextLine:
    return line if text == line.text else replace(line, text=text)


class _Work:
    """A text being cleaned: its remaining lines, and what the rules have found in it so far."""

    def __init__(self, lines: list[TextLine]) -> None:
        self.lines = lines
        self.matched_rules: set[str] = set()
        self.fields: dict[str, list[str]] = {}

    def cut_credits(self, rules: Sequence[Rule]) -> None:
        """Cut the credits off captions that tell a story; where they stand beside a text, the whole caption goes."""
        for number, line in enumerate(self.lines):
            ends = [match.start() for match in _CREDIT_START.finditer(line.text)] if line.caption else []
            for end in reversed(ends):  # the shortest credit: the rules match whole captions
                rule = next((rule for rule in rules if rule.pattern.fullmatch(line.text[end:].strip())), None)
                if rule is not None:
                    self.matched_rules.add(rule.name)
                    self.lines[number] = replace(line, text=line.text[:end].strip())
                    break

    def cut_inside(self, rule: Rule) -> None:
        for number, line in enumerate(self.lines):
            text = rule.pattern.sub(" ", line.text)
            if text != line.text:
                self.matched_rules.add(rule.name)
                self.lines[number] = replace(line, text=" ".join(text.split()))
        self.lines = [line for line in self.lines if line.text]

    def drop_anywhere(self, rules: Sequence[Rule]) -> None:
        kept = []
        under_label = False
        for line in self.lines:
            rule = _whole_line_rule(line, rules)
            if rule is not None:
                self.matched_rules.add(rule.name)
                under_label = _LINK_LIST_LABEL.fullmatch(line.text) is not None
            elif not under_label or line.linked < MIN_LIST_ENTRY_LINK_SHARE:
                kept.append(line)
                under_label = False
        self.lines = kept

    def drop_at_ends(self, rule: Rule) -> None:
        count = len(self.lines)
        match rule.scope:
            case RuleScope.HEAD:
                numbers = range(min(self._first_long_paragraph(), count - 1))
            case RuleScope.LAST:
                numbers = range(max(count - 1, 1), count)
            case RuleScope.CUT:
                numbers = range(max(self._last_long_paragraph() + 1, 1), count)
            case _:
                last = self._last_long_paragraph() + (rule.scope is RuleScope.TAIL)
                numbers = range(max(min(last, count - MAX_END_LINES), 0), count)
        dropped: set[int] = set()
        for number in numbers:
            line = self.lines[number]
            if rule.scope is RuleScope.END:
                match = rule.pattern.search(line.text, max(len(line.text) - MAX_LINE_END_CHARS, 0))
                if match:
                    self._record(rule, match)
                    self.lines[number] = replace(line, text=line.text[: match.start()].rstrip())
            elif len(line.text) <= MAX_RESIDUE_LINE_CHARS and (match := rule.pattern.fullmatch(line.text)):
                self._record(rule, match)
                dropped.update(range(number, count) if rule.scope is RuleScope.CUT else [number])
        self.lines = [line for number, line in enumerate(self.lines) if number not in dropped and line.text]

    def _first_long_paragraph(self) -> int:
        """The number of the first line that is one, or how many lines there are."""
        return next((i for i, line in enumerate(self.lines) if _is_long_paragraph(line)), len(self.lines))

    def _last_long_paragraph(self) -> int:
        """The number of the last line that is one, or -1."""
        return next((i for i in range(len(self.lines) - 1, -1, -1) if _is_long_paragraph(self.lines[i])), -1)

    def _record(self, rule: Rule, match: re.Match[str]) -> None:
        self.matched_rules.add(rule.name)
        for name, value in match.groupdict().items():
            if value and value.strip():
                self.fields.setdefault(name, []).append(value.strip())


def _whole_line_rule(line: TextLine, rules: Sequence[Rule]) -> Rule | None:
    """Return the rule for whole lines that matches a line, or None."""
    if len(line.text) > MAX_RESIDUE_LINE_CHARS or _is_row_of_figures(line):
        return None
    is_link = line.linked >= MIN_LINK_LINE_SHARE or (line.links_follow and len(line.text) <= MAX_LABEL_CHARS)
    for rule in rules:
        if (rule.scope is RuleScope.LINE or is_link) and rule.pattern.fullmatch(line.text):
            return rule
    return None


def _is_row_of_figures(line: TextLine) -> bool:
    """Whether a line is a row of a table that holds figures alone, which elsewhere count readers and shares."""
    return len(line.structure.cells) >= 2 and any(map(str.isdigit, line.text)) and not any(map(str.isalpha, line.text))


def _is_long_paragraph(line: TextLine) -> bool:
    return len(line.text) >= MIN_LONG_PARAGRAPH_CHARS and line.linked < 0.5

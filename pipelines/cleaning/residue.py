"""Removes residue, what stands among the paragraphs of a text without being part of it, by the rules in
`residue_rules.py`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from pipelines.cleaning.markdown import PLAIN, Structure
from pipelines.cleaning.residue_rules import RULES, Rule, Where
from pipelines.cleaning.text_normalization import plain

LONGEST_RESIDUE = 400
"""Characters of the longest line that a rule may remove whole: the longest seen, a caption, has 330."""

LONGEST_END = 60
"""Characters at the end of a line in which a desk code or end mark stands."""

_POINTER_LABEL = re.compile(
    r"\W*(?:(?:baca|simak|lihat|tonton)\s*(?:juga|pula)|(?:artikel|berita)\s+(?:terkait|lain\w*))\W*", re.IGNORECASE
)
"""A pointer that names no article: those it means follow it, as links."""

LISTED = 0.9
"""Share of a line in links from which it is an entry in such a list."""

LONGEST_LABEL = 60
"""Characters of a label that a list of links follows."""

LINKED = 0.3
"""Share of a line in links from which it is a link line: 'Baca juga:' before a short title is a third of it."""

NEAR_END = 4
"""Lines from the end that count as the end, long or not: credits may stand over a last paragraph."""

MOST_PASSES = 5

LONG = 120
"""Characters of a long paragraph: residue lines are shorter, paragraphs of Indonesian news have 250 on average."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an extracted text. `linked` and `bold` are the shares of it in links and in bold type, `structure` is
    what Markdown keeps of it."""

    text: str
    tag: str = "p"
    linked: float = 0.0
    bold: float = 0.0
    lead: str = ""
    after_image: bool = False
    links_follow: bool = False
    caption: bool = False
    structure: Structure = PLAIN


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A text without residue: its lines, the names of the rules that acted, and the fields that they found."""

    lines: tuple[Line, ...]
    fired: tuple[str, ...] = ()
    fields: dict[str, tuple[str, ...]] = field(default_factory=dict)


def clean_lines(lines: Sequence[Line], rules: Sequence[Rule] = RULES) -> Cleaned:
    """Remove the residue from the lines of a text.

    First what may stand anywhere, then, until nothing changes, what stands at the ends: there one residue hides
    another.
    """
    work = _Work([_with_text(line, text) for line in lines if (text := plain(line.text))])
    anywhere = [rule for rule in rules if rule.where in (Where.LINE, Where.LINK)]
    at_ends = [rule for rule in rules if rule.where not in (Where.LINE, Where.LINK, Where.INSIDE)]
    for rule in rules:
        if rule.where is Where.INSIDE:
            work.cut_inside(rule)
    work.drop_anywhere(anywhere)
    for _ in range(MOST_PASSES):
        before = work.lines
        for rule in at_ends:
            work.act_at_ends(rule)
        if work.lines == before:
            break
    fields = {name: tuple(dict.fromkeys(values)) for name, values in work.found.items()}
    return Cleaned(tuple(work.lines), tuple(sorted(work.fired)), fields)


def _with_text(line: Line, text: str) -> Line:
    return line if text == line.text else replace(line, text=text)


class _Work:
    """A text under work: its lines, and what the rules have found in it so far."""

    def __init__(self, lines: list[Line]) -> None:
        self.lines = lines
        self.fired: set[str] = set()
        self.found: dict[str, list[str]] = {}

    def cut_inside(self, rule: Rule) -> None:
        for number, line in enumerate(self.lines):
            text = rule.pattern.sub(" ", line.text)
            if text != line.text:
                self.fired.add(rule.name)
                self.lines[number] = replace(line, text=" ".join(text.split()))
        self.lines = [line for line in self.lines if line.text]

    def drop_anywhere(self, rules: Sequence[Rule]) -> None:
        kept = []
        labelled = False
        for line in self.lines:
            rule = _whole_line_rule(line, rules)
            if rule is not None:
                self.fired.add(rule.name)
                labelled = _POINTER_LABEL.fullmatch(line.text) is not None
            elif not labelled or line.linked < LISTED:
                kept.append(line)
                labelled = False
        self.lines = kept

    def act_at_ends(self, rule: Rule) -> None:
        count = len(self.lines)
        first = next((i for i, line in enumerate(self.lines) if _is_long(line)), count)
        last = next((i for i in range(count - 1, -1, -1) if _is_long(self.lines[i])), -1)
        match rule.where:
            case Where.HEAD:
                places = range(min(first, count - 1))
            case Where.LAST:
                places = range(max(count - 1, 1), count)
            case Where.CUT:
                places = range(max(last + 1, 1), count)
            case _:
                places = range(max(min(last + (rule.where is Where.TAIL), count - NEAR_END), 0), count)
        dropped: set[int] = set()
        for number in places:
            line = self.lines[number]
            if rule.where is Where.END:
                hit = rule.pattern.search(line.text, max(len(line.text) - LONGEST_END, 0))
                if hit:
                    self._note(rule, hit)
                    self.lines[number] = replace(line, text=line.text[: hit.start()].rstrip())
            elif len(line.text) <= LONGEST_RESIDUE and (hit := rule.pattern.fullmatch(line.text)):
                self._note(rule, hit)
                dropped.update(range(number, count) if rule.where is Where.CUT else [number])
        self.lines = [line for number, line in enumerate(self.lines) if number not in dropped and line.text]

    def _note(self, rule: Rule, hit: re.Match[str]) -> None:
        self.fired.add(rule.name)
        for name, value in hit.groupdict().items():
            if value and value.strip():
                self.found.setdefault(name, []).append(value.strip())


def _whole_line_rule(line: Line, rules: Sequence[Rule]) -> Rule | None:
    """The rule for whole lines that a line falls under."""
    if len(line.text) > LONGEST_RESIDUE:
        return None
    is_link = line.linked >= LINKED or (line.links_follow and len(line.text) <= LONGEST_LABEL)
    for rule in rules:
        if (rule.where is Where.LINE or is_link) and rule.pattern.fullmatch(line.text):
            return rule
    return None


def _is_long(line: Line) -> bool:
    return len(line.text) >= LONG and line.linked < 0.5

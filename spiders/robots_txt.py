"""What a robots.txt says to us, as RFC 9309 has it, and where that leaves a choice the careful reading. Pure."""

import re
from dataclasses import dataclass

from protego import Protego

from pipelines.rights import PRODUCT_TOKEN

TOOL_TOKEN = "scrapy"  # noqa: S105 - a name, as PRODUCT_TOKEN is
"""The tool that we are made of: who bars it means us as well. It never opens what is closed to our own name."""

MAX_ROBOTS_BYTES = 500 * 1024
"""RFC 9309 2.5: at least 500 KiB must be parsed."""

MAX_CRAWL_DELAY_SECONDS = 300.0
"""Seconds between two requests. At more than that a run of an hour would not come to a dozen articles."""

USER_AGENT_LINE = re.compile(r"\s*user[- ]?agent(?:\s*:|\s(?!\s*:))\s*([^#]*)", re.IGNORECASE)
"""Protego reads these forms; the standard has 'User-agent: name' only."""

TOKEN = re.compile(r"[a-z_-]*")
"""RFC 9309, 2.2.1: a product token ends at the first character that is neither a letter nor '_' or '-'."""

NAMED = re.compile(rf"(?<![a-z_-])(?:{PRODUCT_TOKEN}|{TOOL_TOKEN})(?![a-z_-])")
"""One of our names, as a whole word."""


@dataclass(frozen=True)
class Robots:
    """What one robots.txt says to us: its `text` and `rules`. `refusal` says why everything is barred, None where the
    rules decide. `tokens` are the names by which the rules are asked: what one of them bars is barred.
    """

    rules: Protego | None = None
    refusal: str | None = None
    text: str = ""
    tokens: tuple[str, ...] = (PRODUCT_TOKEN,)

    def denial(self, url: str) -> str | None:
        """Why `url` may not be fetched, None where it may."""
        if self.refusal or not self.rules:
            return self.refusal
        may = all(self.rules.can_fetch(url, token) for token in self.tokens)
        return None if may else f"robots.txt bars {url}"

    @property
    def crawl_delay(self) -> float:
        """Seconds between two requests, 0 where none are stated."""
        return max((self.rules.crawl_delay(token) or 0.0 for token in self.tokens), default=0.0) if self.rules else 0.0

    @property
    def asks_too_much(self) -> bool:
        """Whether its Crawl-delay leaves no room for a run."""
        return self.crawl_delay > MAX_CRAWL_DELAY_SECONDS


def read_robots(status: int, body: bytes) -> Robots:
    """The rules in an answer to GET /robots.txt, after redirects.

    2xx: the file's rules. 401, 403, 429 and whatever is neither 2xx nor 4xx: all barred. Any other 4xx: no rules, all
    allowed (RFC 9309 2.3.1). A file that is not text, or a web page in place of one, bars all, and so does a
    Crawl-delay of more than MAX_CRAWL_DELAY_SECONDS.
    """
    if 400 <= status < 500 and status not in (401, 403, 429):
        return Robots()
    if not 200 <= status < 300:
        return Robots(refusal=f"robots.txt answers with HTTP {status}")
    text = body[:MAX_ROBOTS_BYTES].decode("utf-8", errors="replace").removeprefix("\ufeff")
    if "\x00" in text or text.lstrip()[:1] == "<":
        return Robots(refusal="robots.txt is not a text file")
    robots = _read_rules(text)
    if not robots.asks_too_much:
        return robots
    return Robots(
        robots.rules,
        f"robots.txt asks for {robots.crawl_delay:.0f} s between requests (Crawl-delay), and more than"
        f" {MAX_CRAWL_DELAY_SECONDS:.0f} s leave no room for a run",
        text,
        robots.tokens,
    )


def _read_rules(text: str) -> Robots:
    """The rules under the exact names that RFC 9309 has them under: Protego matches parts of names as well."""
    lines, tokens = [], [PRODUCT_TOKEN]
    for line in text.splitlines():
        agent = USER_AGENT_LINE.match(line)
        if agent is None:
            lines.append(line)
            continue
        name = _group_name(agent[1].strip().lower())
        lines.append(f"User-agent: {name}")
        if name == TOOL_TOKEN and name not in tokens:
            tokens.append(name)
    return Robots(Protego.parse("\n".join(lines)), text=text, tokens=tuple(tokens))


def _group_name(stated: str) -> str:
    """Whose rules a group's line begins, in a form that Protego tells apart: ours, all crawlers', our tool's (and those
    of lines that name us beside others), nobody's where it is somebody else's.
    """
    token = TOKEN.match(stated)
    if token and token[0] == PRODUCT_TOKEN:
        return PRODUCT_TOKEN
    if stated.startswith("*"):
        return "*"
    return TOOL_TOKEN if NAMED.search(stated) else "-" if stated else ""

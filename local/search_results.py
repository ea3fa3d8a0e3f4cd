"""What a search found, for a terminal and for programs."""

import json
from dataclasses import asdict

from rich.padding import Padding
from rich.text import Text

from local.terminal import console
from pipelines.printable import fit_to_show
from reader.kliping_reader.fulltext.index import Hit, Results
from reader.kliping_reader.fulltext.snippet import Marked

FOUND = "bold yellow"
"""How a word that was found is shown on a terminal; elsewhere it stands between brackets."""

INDENT = 4


def show_results(found: Results) -> None:
    """Each article with its rank, headline, site, day, address, and the part of the text in which the words stand."""
    for hit in found.hits:
        console.print(Text(f"{hit.rank:>{INDENT - 1}} ").append_text(_styled(hit.headline, "bold")), soft_wrap=True)
        about = Text(f"{hit.site}  {hit.day}  {fit_to_show(hit.url)}", style="dim")
        for line in (about, _styled(hit.snippet)):
            if console.is_terminal:
                console.print(Padding(line, (0, 0, 0, INDENT)))
            else:  # one line each, however long
                console.print(Text(" " * INDENT).append_text(line), soft_wrap=True)
    console.print(summary(found), soft_wrap=True)


def summary(found: Results) -> str:
    """How many articles were found, and how many of them are shown."""
    if not found.count:
        return "No article has that."
    articles = "article" if found.count == 1 else "articles"
    return f"{found.count:,} {articles}" + (f", {len(found.hits):,} shown" if len(found.hits) < found.count else "")


def as_json(hit: Hit) -> str:
    """A hit as a line of JSON: `headline` and `snippet` have their text, and where in it words were found."""
    told = {**asdict(hit), "day": hit.day.isoformat(), "score": round(hit.score, 3)}
    return json.dumps(told, ensure_ascii=False)


def _styled(text: Marked, style: str = "") -> Text:
    styled = Text(style=style)
    for part, is_found in text.parts():
        shown = fit_to_show(part)
        if is_found and not console.is_terminal:
            shown = f"[{shown}]"
        styled.append(shown, FOUND if is_found else None)
    return styled

"""The sites in words: `kliping sites-doc` prints docs/sites.md, which a test holds in step with the sites."""

from collections.abc import Iterable

from spiders.site import Site
from spiders.source_kinds import SOURCE_KINDS

HEAD = """\
# The sites

<!-- Written by `kliping sites-doc > docs/sites.md`. -->

{count} sites, {scheduled} of them scheduled once the operator switches them on. The others are crawled only with their
owners' permission, for the reason that each states. Facts about a site carry the month in which they were seen. Where
one is no longer true, the site's expectations are not met, and its runs fail and say so. *Verified* is the day on which
`scrapy accept` last confirmed them online.
"""


def overview(sites: Iterable[Site]) -> str:
    """Markdown: a table of the sites, then each with its docstring."""
    listed = list(sites)
    head = HEAD.format(count=len(listed), scheduled=sum(not site.permission_needed for site in listed))
    rows = [
        "| site | name | platform | sources | articles a day | schedule | verified |",
        "|---|---|---|---|---|---|---|",
    ]
    rows += [_row(site) for site in listed]
    return "\n".join((head, *rows, "", "\n\n".join(map(_section, listed)))) + "\n"


def _row(site: Site) -> str:
    sources = ", ".join(kind.words for kind in SOURCE_KINDS if site.addresses(kind))
    per_day = site.expect.articles_per_day
    cells = (
        f"[{site.title}]({site.home})",
        f"[`{site.name}`](#{site.name})",
        _platform(site),
        sources,
        f"{per_day[0]} to {per_day[1]}" if per_day else "not known",
        "permission needed" if site.permission_needed else f"`{site.schedule}`",
        site.verified or "not yet",
    )
    return f"| {' | '.join(cells)} |"


def _platform(site: Site) -> str:
    platform = type(site).__mro__[1]
    return "own" if platform is Site else platform.__name__


def _section(site: Site) -> str:
    parts = [f"## {site.name}", site.description]
    if site.permission_needed:
        parts.append(f"Permission needed: {site.permission_needed}.")
    return "\n\n".join(parts)

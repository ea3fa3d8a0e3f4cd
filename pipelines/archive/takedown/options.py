"""The options of a takedown, by whichever command."""

import argparse
from collections.abc import Sequence
from urllib.parse import urlsplit

from pipelines.archive.takedown.order import Order, Target
from pipelines.archive.takedown_scope import Scope

MAX_UNSAID_ARTICLES = 100
"""That go without their number being said: a letter names a handful, and a slip of the hand takes thousands."""

MIN_WORDS_CHARS = 3
"""Of a reason, a reference, a name: what is shorter was typed by mistake."""


class WrongOrder(ValueError):  # noqa: N818 - it names a state
    """A takedown is not asked for as it has to be; the message says what is wrong, in one sentence."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what says what is taken down, why and by whom, and `--dry-run`."""
    parser.add_argument("--prefix", metavar="URL", help="all whose URL begins so, in place of single articles")
    parser.add_argument("--author", metavar="NAME", help="all articles of an author")
    parser.add_argument("--site", metavar="NAME", help="all of a site")
    parser.add_argument("--reason", metavar="WORDS", help="why, without a word of the text (required)")
    parser.add_argument("--reference", metavar="WORDS", help="the letter, ticket or case that asks for it (required)")
    parser.add_argument("--by", metavar="NAME", help="who takes it down; default: the user of this machine")
    parser.add_argument(
        "--at-most",
        type=int,
        default=MAX_UNSAID_ARTICLES,
        metavar="N",
        help=f"how many articles may go at most; default: {MAX_UNSAID_ARTICLES}",
    )
    parser.add_argument("--dry-run", action="store_true", help="print what would go, and change nothing")


def order_of(articles: Sequence[str], options: argparse.Namespace, user: str) -> Order:
    """What the options ask for. Raises WrongOrder."""
    places = {Scope.PREFIX: options.prefix, Scope.AUTHOR: options.author, Scope.SITE: options.site}
    stated = [(scope, name) for scope, name in places.items() if name is not None]
    if len(stated) + bool(articles) != 1:
        raise WrongOrder("say articles by URL or article_id, or one of --prefix, --author, --site")
    if any(len((words or "").strip()) < MIN_WORDS_CHARS for words in (options.reason, options.reference)):
        raise WrongOrder("say --reason and --reference: a tombstone without them tells nobody why something is missing")
    if not stated:
        target = Target(Scope.ARTICLE, tuple(dict.fromkeys(articles)))
    else:
        [(scope, name)] = stated
        target = Target(scope, (name.strip(),))
        if len(name.strip()) < MIN_WORDS_CHARS:
            raise WrongOrder(f"--{scope} {name!r} is too short to be meant")
        if scope is Scope.PREFIX and not urlsplit(name if "://" in name else f"//{name}").path.strip("/"):
            raise WrongOrder(f"--prefix {name} is a whole host: --site takes down all of a site")
    return Order(target, options.reason.strip(), options.reference.strip(), options.by or user)

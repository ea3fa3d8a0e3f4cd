"""Arguments of a spider, as `scrapy crawl -a NAME=VALUE` and Airflow's forms give them."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from pipelines.run.refusal import Refusal


def is_true(argument: str | bool) -> bool:
    """Whether an argument, which may come from a command line, says yes."""
    return str(argument).lower() in ("1", "true", "yes")


def refuse_unknown(given: Iterable[str], known: Sequence[str]) -> None:
    """Raises Refusal naming the arguments that a spider does not take."""
    for name in given:
        close = get_close_matches(name, known, n=1)
        hint = f"did you mean {close[0]}?" if close else f"it takes {', '.join(known)}"
        raise Refusal("wrong_argument", f"unknown argument {name}: {hint}")

"""Arguments of a spider, as `scrapy crawl -a NAME=VALUE` and Airflow's forms give them."""

from pipelines.run.refusal import Refusal

YES, NO = ("1", "true", "yes"), ("0", "false", "no")


def parse_flag(name: str, value: str | bool) -> bool:
    """What the argument `name` says, which may come from a command line.

    Raises Refusal where it says neither yes nor no.
    """
    stated = str(value).lower()
    if stated not in (*YES, *NO):
        raise Refusal("wrong_argument", f"{name} is one of {', '.join((*YES, *NO))}, not {value!r}")
    return stated in YES

"""Arguments of a spider, as `scrapy crawl -a NAME=VALUE` and Airflow's forms give them."""


def is_true(argument: str | bool) -> bool:
    """Whether an argument, which may come from a command line, says yes."""
    return str(argument).lower() in ("1", "true", "yes")

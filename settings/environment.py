"""The environment as a whole: which `KLIPING_*` variables mean something, and which look as if they did."""

import difflib
import os
from collections.abc import Iterable, Mapping

from settings.crawl import Crawl
from settings.mirror import Mirror
from settings.secrets import FILE_VARIABLES
from settings.storage import Storage

PREFIX = "KLIPING_"

DEPLOYMENT_VARIABLES = (
    "KLIPING_DEMO",
    "KLIPING_DEMO_PORT",
    "KLIPING_DEPLOYMENT",
    "KLIPING_POSTGRESQL_PORT",
    "KLIPING_S3_PORT",
    "KLIPING_UI_ADDRESS",
    "KLIPING_UI_PORT",
    "KLIPING_USERS",
    "KLIPING_VALKEY_PORT",
    "KLIPING_WORKERS",
)
"""Variables that are read outside this package: by `local`, and by the demo's sites and DAGs."""

BENCHMARK_PREFIX = "KLIPING_BENCH_"
"""Data sets of the benchmarks, which only they read."""


def known_variables() -> frozenset[str]:
    """The names of all `KLIPING_*` settings."""
    fields = {
        f"{settings.model_config['env_prefix']}{name}".upper()
        for settings in (Storage, Crawl, Mirror)
        for name, field in settings.model_fields.items()
        if field.validation_alias is None
    }
    return frozenset(fields).union(DEPLOYMENT_VARIABLES, FILE_VARIABLES)


def unknown_variables(environment: Mapping[str, str] = os.environ) -> list[str]:
    """A sentence for each `KLIPING_*` variable that nothing reads, with the name that was probably meant.

    A warning rather than an error: Kubernetes adds variables of its own to every container beside a service "kliping".
    """
    known = known_variables()
    return [
        f"{name} is not a setting{suggestion(name, known, PREFIX)}"
        for name in sorted(environment)
        if name.startswith(PREFIX) and not name.startswith(BENCHMARK_PREFIX) and name not in known
    ]


def suggestion(name: str, known: Iterable[str], prefix: str = "") -> str:
    """': did you mean KLIPING_CONTACT?' where a known name is close to `name`, else ''; all begin with `prefix`."""
    endings = [other.removeprefix(prefix) for other in sorted(known)]
    close = difflib.get_close_matches(name.removeprefix(prefix), endings, n=1)
    return f": did you mean {prefix}{close[0]}?" if close else ""

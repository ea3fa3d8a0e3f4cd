"""The task of a site whose file cannot be imported."""

from typing import Any

from airflow.sdk import BaseOperator

from dags.operators.failures import NeedsSomebody


class BrokenSiteOperator(BaseOperator):
    """Fails with `error`, which names the site's file, the line and what is wrong."""

    def __init__(self, *, error: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.error = error

    def execute(self, context: Any) -> None:  # noqa: ARG002 - Airflow's signature
        raise NeedsSomebody(self.error)

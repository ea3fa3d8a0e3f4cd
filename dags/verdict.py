"""Say of a doubtful page whether it is an article: the operators' word, which goes before that of the rules.

Doubtful articles have `quality` = doubtful in the table `articles`; `kliping doubtful` lists them. What is
*not-article* goes from `articles` to `rejected`, and is left out while its text is as it is; what is an *article* is
sure from then on. A verdict may be given anew, and the last one counts. All are kept in the table `verdicts`, as labels
for better rules.
"""

from datetime import timedelta

from airflow.sdk import DAG, Param

from dags.defaults import DAG_DEFAULTS
from dags.operators.command import CommandOperator
from pipelines.article import Verdict

with DAG(
    "verdict",
    dag_display_name="Judge a doubtful page",
    description="Say of a doubtful page whether it is an article.",
    doc_md=__doc__,
    schedule=None,
    is_paused_upon_creation=False,
    tags=["cleaning"],
    params={
        "url": Param(
            "",
            type="string",
            pattern="^https?://",
            title="URL",
            description="The article's url, as the table articles has it.",
        ),
        "verdict": Param(None, type="string", enum=[str(verdict) for verdict in Verdict], title="Verdict"),
        "note": Param(None, type=["null", "string"], title="Note", description="Why, for those who mend the rules."),
    },
    **DAG_DEFAULTS,
):
    CommandOperator(
        task_id="verdict",
        command=[
            "verdict",
            "--note={{ params.note or '' }}",
            "--by={{ dag_run.triggering_user_name or 'airflow' }}",
            "{{ params.url }}",
            "{{ params.verdict }}",
        ],
        execution_timeout=timedelta(minutes=10),
    )

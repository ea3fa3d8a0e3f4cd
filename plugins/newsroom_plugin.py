"""Airflow's way to the newsroom: its pages, its entry in the navigation, and its tabs."""

from airflow.plugins_manager import AirflowPlugin

from plugins.newsroom.app import app


class NewsroomPlugin(AirflowPlugin):
    """Mounts the newsroom at /newsroom/ and shows it within Airflow, and in tabs of the pages of DAGs and runs."""

    name = "newsroom"
    fastapi_apps = [{"name": "newsroom", "app": app, "url_prefix": "/newsroom"}]  # noqa: RUF012 - Airflow's own form
    external_views = [  # noqa: RUF012
        {
            "name": "Newsroom",
            "href": "newsroom/",
            "url_route": "newsroom",
            "destination": "nav",
            "nav_top_level": True,
        },
        {
            "name": "Newsroom",
            "href": "newsroom/dag?dag_id={DAG_ID}",
            "url_route": "newsroom-site",
            "destination": "dag",
        },
        {
            "name": "URLs",
            "href": "newsroom/dag-run?dag_id={DAG_ID}&run_id={RUN_ID}",
            "url_route": "newsroom-run",
            "destination": "dag_run",
        },
    ]

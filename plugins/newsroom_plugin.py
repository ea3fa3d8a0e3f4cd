"""Airflow's way to the newsroom: its pages, and its entry in the navigation."""

from airflow.plugins_manager import AirflowPlugin

from plugins.newsroom.app import app


class NewsroomPlugin(AirflowPlugin):
    """Mounts the newsroom at /newsroom/ and shows it within Airflow."""

    name = "newsroom"
    fastapi_apps = [{"name": "newsroom", "app": app, "url_prefix": "/newsroom"}]  # noqa: RUF012 - Airflow's own form
    external_views = [  # noqa: RUF012
        {
            "name": "Newsroom",
            "href": "newsroom/",
            "url_route": "newsroom",
            "destination": "nav",
            "nav_top_level": True,
        }
    ]

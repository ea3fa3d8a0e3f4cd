"""The watch as an Airflow task: what is wrong is told to real endpoints on loopback, once."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from airflow.dag_processing.dagbag import DagBag
from airflow.models.dag import DagModel
from airflow.models.dagbundle import DagBundleModel
from airflow.models.dagrun import DagRun
from airflow.models.variable import Variable
from airflow.utils.db import initdb
from airflow.utils.session import create_session
from airflow.utils.state import DagRunState
from airflow.utils.types import DagRunTriggeredByType, DagRunType

from pipelines.archive.tables import Corpus
from settings.clock import utc_now
from settings.storage import Storage
from settings.storage import storage as settings_of_storage
from tests.archive.invented import environment_of, finish, look_at, open_run, rows, text
from tests.dags.conftest import PROJECT

BUNDLE = "tests-of-the-watch"
SITE = "kilasperanti"


class Endpoint:
    """An HTTP server on loopback that keeps what it is sent, and answers with `status`."""

    def __init__(self) -> None:
        self.received: list[tuple[str, dict[str, Any]]] = []
        self.status = 200
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                endpoint.received.append((self.path, json.loads(body)))
                self.send_response(endpoint.status)
                self.end_headers()

            def do_GET(self) -> None:
                endpoint.received.append((self.path, {}))
                self.send_response(endpoint.status)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port

    @property
    def sentences(self) -> list[str]:
        return [body["message"] for _, body in self.received if "message" in body]


class Mailbox:
    """What an SMTP server on loopback was given."""

    def __init__(self) -> None:
        self.received: list[tuple[str, str]] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: ARG002, N802
        mail = message_from_bytes(envelope.original_content or b"")
        text_part = next(part for part in mail.walk() if part.get_content_maintype() == "text")
        payload = text_part.get_payload(decode=True)
        assert isinstance(payload, bytes)
        self.received.append((str(make_header(decode_header(mail["Subject"]))), payload.decode()))
        return "250 OK"


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    made = Endpoint()
    Thread(target=made.server.serve_forever, daemon=True).start()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def mailbox(free_port: int) -> Iterator[tuple[Mailbox, int]]:
    made = Mailbox()
    controller = Controller(made, hostname="127.0.0.1", port=free_port)
    controller.start()
    yield made, free_port
    controller.stop()


@pytest.fixture
def deployment(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> Iterator[Storage]:
    """An archive, and Airflow's database, in which one site's DAG is switched on and its last crawl failed."""
    initdb()
    for name, value in environment_of(storage).items():
        monkeypatch.setenv(name, value)
    Corpus(storage).bucket.ensure()
    crawl = f"crawl_{SITE}"
    with create_session() as session:
        if session.get(DagBundleModel, BUNDLE) is None:
            session.add(DagBundleModel(name=BUNDLE))
            session.flush()
        if session.get(DagModel, crawl) is None:
            session.add(DagModel(dag_id=crawl, bundle_name=BUNDLE))
            session.flush()
        dag = session.get(DagModel, crawl)
        assert dag is not None
        dag.is_paused, dag.is_stale = False, False
        session.add(_run(crawl, utc_now() - timedelta(minutes=20)))
    yield storage
    with create_session() as session:
        session.query(DagRun).filter(DagRun.dag_id == crawl).delete()
        session.query(Variable).delete()


def _run(dag_id: str, at: Any) -> DagRun:
    run = DagRun(
        dag_id=dag_id,
        run_id=f"scheduled__{at.isoformat()}",
        run_type=DagRunType.SCHEDULED,
        state=DagRunState.FAILED,
        logical_date=at,
        run_after=at,
        start_date=at,
        triggered_by=DagRunTriggeredByType.TIMETABLE,
    )
    run.end_date = at + timedelta(minutes=1)
    return run


def watch() -> str:
    """A round of the watch, as Airflow runs it; the state of the run. A task's process reads its settings anew."""
    settings_of_storage.cache_clear()
    run = DagBag(PROJECT / "dags").dags["watch"].test()
    return str(run.state)


def refuse(storage: Storage) -> None:
    """The site has the run end."""
    run = open_run(storage, site=SITE)
    look_at(run, f"http://{SITE}.localhost/1", text(1))
    run.counters.fail("the site refused 3 requests for articles in a row")
    finish(run, "site_refuses")


@contextmanager
def connection(monkeypatch: pytest.MonkeyPatch, *entries: dict[str, Any]) -> Iterator[None]:
    extra = {"config": list(entries)}
    with monkeypatch.context() as patch:
        patch.setenv("AIRFLOW_CONN_KLIPING_ALARMS", json.dumps({"conn_type": "apprise", "extra": extra}))
        yield


def test_an_incident_is_told_once_to_all_who_want_it(
    deployment: Storage, endpoint: Endpoint, mailbox: tuple[Mailbox, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(deployment)
    box, smtp_port = mailbox
    services = (
        {"path": f"json://127.0.0.1:{endpoint.port}/everything"},
        {"path": f"json://127.0.0.1:{endpoint.port}/machine", "tag": "machine"},
        {
            "path": f"mailto://127.0.0.1:{smtp_port}?from=kliping@example.org&to=redaksi@example.org&mode=insecure",
            "tag": ["sites"],
        },
    )
    sentence = (
        f"{SITE}: the last crawl failed: the site refused 3 requests for articles in a row; look at its terms and "
        "robots.txt and ask its owner; do not crawl it again at once."
    )
    with connection(monkeypatch, *services):
        states = [watch(), watch()]

    assert states == ["success", "success"]
    assert [(path, body["message"]) for path, body in endpoint.received] == [("/everything", sentence)]
    [(subject, body)] = box.received
    assert sentence.startswith(subject)
    assert body.strip() == sentence
    [row] = rows(deployment, "incidents")
    assert (row["site"], row["kind"], row["event"]) == (SITE, "blocked", "opened")


def test_without_services_the_log_alone_has_it_and_it_is_kept(deployment: Storage) -> None:
    refuse(deployment)

    assert watch() == "success"
    assert [row["kind"] for row in rows(deployment, "incidents")] == ["blocked"]


def test_a_bucket_of_another_deployment_is_told_and_gets_no_incident(
    deployment: Storage, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(deployment)
    monkeypatch.setenv("KLIPING_HOME", str(deployment.home / "lain"))
    with connection(monkeypatch, {"path": f"json://127.0.0.1:{endpoint.port}/"}):
        states = [watch(), watch()]

    assert states == ["failed", "failed"]
    [sentence] = endpoint.sentences
    assert "belongs to another deployment" in sentence
    assert rows(deployment, "incidents") == []


def test_what_no_service_took_is_told_again(
    deployment: Storage, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(deployment)
    with connection(monkeypatch, {"path": f"json://127.0.0.1:{endpoint.port}/"}):
        endpoint.status = 503
        assert watch() == "failed"
        endpoint.status = 200
        assert watch() == "success"

    assert len(endpoint.sentences) == 2
    assert len(rows(deployment, "incidents")) == 1


@pytest.mark.usefixtures("deployment")
def test_an_archive_that_cannot_be_read_is_told_once_and_its_return(
    endpoint: Endpoint, free_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with connection(monkeypatch, {"path": f"json://127.0.0.1:{endpoint.port}/"}):
        with monkeypatch.context() as away:
            away.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port}")
            assert [watch(), watch()] == ["failed", "failed"]
        assert watch() == "success"

    away_told, back = endpoint.sentences
    assert away_told.startswith("this machine: cannot ")
    assert away_told.endswith("start the store again, or correct AWS_ENDPOINT_URL and its keys.")
    assert back.startswith("this machine: the archive can be read again, after ")


@pytest.mark.usefixtures("deployment")
def test_each_round_that_ends_well_calls_the_heartbeat(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_KLIPING_HEARTBEAT", f"http://127.0.0.1:{endpoint.port}/denyut")
    assert watch() == "success"
    assert endpoint.received == [("/denyut", {})]
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    assert watch() == "failed"
    assert len(endpoint.received) == 1

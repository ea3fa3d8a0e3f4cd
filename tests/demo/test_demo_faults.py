"""The traps: each does what its name says, and the server lives through all of them."""

import contextlib
import gzip
import http.client
import json
import subprocess
import sys
import threading
import time

import pytest
from protego import Protego

from demo.faults import BOMB_BYTES, OVERSIZED_BYTES
from demo.server import DemoWeb
from tests.demo.visitor import Visitor


def fault(visitor: Visitor, site: str, kind: str) -> str:
    return next(post["url"] for post in visitor.truth()[site]["non_articles"] if post["kind"] == kind)


@pytest.mark.parametrize(("kind", "status"), [("404", 404), ("500", 500), ("challenge_403", 403)])
def test_errors(visitor, kind, status):
    assert visitor.get(fault(visitor, "kilasperanti", kind)).status == status


def test_the_slow_page_takes_its_time_and_holds_up_no_other(visitor):
    started = time.monotonic()
    assert visitor.get(fault(visitor, "nusakata", "slow")).status == 200
    assert time.monotonic() - started >= 0.3


def test_the_oversized_page_runs_over_the_limit_without_announcing_its_length(visitor):
    answer = visitor.get(fault(visitor, "majalahsirkuit", "oversized"))
    assert "content-length" not in answer.headers
    assert len(answer.body) > OVERSIZED_BYTES


def test_the_bomb_is_small_until_it_is_unpacked(visitor):
    answer = visitor.get(fault(visitor, "kilasperanti", "gzip_bomb"))
    assert answer.headers["content-encoding"] == "gzip"
    assert len(gzip.decompress(answer.body)) > BOMB_BYTES > 500 * len(answer.body)


@pytest.mark.parametrize(
    ("site", "kind", "target"),
    [
        ("majalahsirkuit", "redirect_off_site", "http://elsewhere.localhost"),
        ("majalahsirkuit", "redirect_private_network", "http://10.0.0.1/"),
        ("kilasperanti", "redirect_metadata_service", "http://169.254.169.254/"),
    ],
)
def test_redirects_lead_off_the_site(visitor, site, kind, target):
    answer = visitor.get(fault(visitor, site, kind))
    assert answer.status == 302
    assert answer.headers["location"].startswith(target)


def test_the_broken_page_says_utf8_and_is_not(visitor):
    answer = visitor.get(fault(visitor, "nusakata", "broken_encoding"))
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert b"\0" in answer.body
    assert "Café Déjà Vu" in answer.body.decode("cp1252")
    with pytest.raises(UnicodeDecodeError):
        answer.body.decode("utf-8")


def test_the_challenge_comes_with_200_too(visitor):
    answer = visitor.get(fault(visitor, "nusakata", "challenge_200"))
    assert answer.status == 200
    assert "<title>Just a moment...</title>" in answer.text


@pytest.mark.parametrize("site", ["majalahsirkuit", "kilasperanti", "nusakata"])
def test_one_announced_path_is_barred_by_robots(visitor, site):
    rules = Protego.parse(visitor.page(site, "/robots.txt").text)
    truth = visitor.truth()[site]
    barred = [
        post["url"] for post in truth["articles"] + truth["non_articles"] if not rules.can_fetch(post["url"], "Kliping")
    ]
    assert barred == [fault(visitor, site, "robots")]


def test_without_faults_none_is_announced_or_served(articles, tmp_path):
    with DemoWeb(tmp_path / "state", articles=articles) as web:
        url = fault(Visitor(web), "nusakata", "500")
        port = web.port
    with DemoWeb(tmp_path / "state", port, articles=articles, faults=False) as web:
        assert {post["kind"] for post in Visitor(web).truth()["nusakata"]["non_articles"]} == {"gallery"}
        assert Visitor(web).get(url).status == 404


def test_the_log_holds_requests_and_the_most_in_flight(lone_visitor):
    slow = fault(lone_visitor, "kilasperanti", "slow")
    lone_visitor.all_at_once([slow, slow, slow])
    log = lone_visitor.log()
    host = "kilasperanti.localhost"
    assert log["max_in_flight"][host] == 3
    assert [(entry["host"], entry["status"], entry["user_agent"]) for entry in log["requests"]] == [
        (host, 200, "tester/1")
    ] * 3
    lone_visitor.get(f"{lone_visitor.web.control}/log/reset", method="POST")
    assert lone_visitor.log() == {"requests": [], "max_in_flight": {}}
    lone_visitor.get(f"{slow.rsplit('/', 1)[0]}/x?utm_source=y")
    assert lone_visitor.log()["requests"][0]["path"].endswith("/x?utm_source=y")


def test_stopping_does_not_wait_for_a_slow_page(articles, tmp_path):
    web = DemoWeb(tmp_path / "state", articles=articles, slow_seconds=600)
    web.start()
    visitor = Visitor(web)
    slow = fault(visitor, "nusakata", "slow")
    answers = []

    def ask() -> None:
        with contextlib.suppress(OSError, http.client.HTTPException):
            answers.append(visitor.get(slow))

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    while not visitor.log()["max_in_flight"]:
        time.sleep(0.02)
    web.stop()
    asking.join()
    assert all(answer.status != 200 for answer in answers)


def test_a_taken_port_is_one_sentence(visitor, tmp_path):
    command = [sys.executable, "-m", "demo", "--port", str(visitor.web.port), "--state", str(tmp_path / "other")]
    run = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=120, check=False)
    assert run.returncode == 1
    assert run.stderr.count("\n") == 1
    assert f"port {visitor.web.port} on 127.0.0.1 cannot be used" in run.stderr


def test_the_command_serves_until_it_is_told_to_stop(articles, tmp_path):
    command = [
        sys.executable,
        "-m",
        "demo",
        "--port",
        "0",
        "--state",
        str(tmp_path / "state"),
        "--articles",
        str(articles),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        line = process.stdout.readline()
        web = DemoWeb(tmp_path / "state", int(line.rstrip("/\n").rsplit(":", 1)[1]))
        assert json.loads(Visitor(web).get(f"{web.control}/truth.json").text)["edition"] == 1
        process.terminate()
        process.wait(120)
        assert process.stderr.read() == ""

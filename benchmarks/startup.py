"""What a crawl costs before its first request: the CPU time of its process, beside that of importing libraries alone.

A crawl of a site that announces nothing is started as Airflow starts it. Its server notes how much CPU the process has
had when the first request arrives.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil

PROJECT = Path(__file__).parents[1]
AS_INSTALLED = Path(__file__).with_name("as_installed")
"""On a PYTHONPATH, it has a process do without what our tests need and an installation does not have."""

ROUNDS = 7
"""Enough for a median that one slow round does not move."""

LIBRARIES = "import scrapy, deltalake, sqlalchemy, boto3, pydantic"
"""What no crawl can do without."""


class FirstRequest:
    """A server that notes the CPU seconds of the client process when it is first asked for something."""

    def __init__(self) -> None:
        self.client = 0
        self.cpu_seconds = 0.0
        self.arrived = threading.Event()
        noting = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                noting.note()
                self.send_error(404)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def note(self) -> None:
        if not self.arrived.is_set():
            times = psutil.Process(self.client).cpu_times()
            self.cpu_seconds = times.user + times.system
            self.arrived.set()


def crawl_cpu_seconds(folder: Path) -> float:
    """CPU seconds that the process of a crawl has had when its first request arrives."""
    first = FirstRequest()
    home = f"http://startup.localhost:{first.server.server_address[1]}/"
    package = folder / "startup_sites"
    package.mkdir(exist_ok=True)
    (package / "__init__.py").touch()
    (package / "startup.py").write_text(
        "from spiders.site import Site\n\n\nclass Startup(Site):\n"
        f"    name, title, home, loopback = 'startup', 'Startup', {home!r}, True\n"
        f"    feeds, article_url = [{home + 'feed'!r}], 'none'\n",
        encoding="utf-8",
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "scrapy", "crawl", "startup", "-a", "dry_run=1", "-s", "SPIDER_MODULES=startup_sites"],
        cwd=PROJECT,
        env={**os.environ, "PYTHONPATH": f"{folder}:{AS_INSTALLED}", "KLIPING_HOME": str(folder / "home")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    first.client = process.pid
    first.arrived.wait(60)
    process.wait()
    first.server.shutdown()
    first.server.server_close()
    return first.cpu_seconds


def import_cpu_seconds() -> float:
    """CPU seconds of a process that imports LIBRARIES and ends."""
    program = f"{LIBRARIES}; import time; print(time.process_time())"
    output = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, encoding="utf-8").stdout
    return float(output)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="kliping-startup-") as folder:
        pairs = [(crawl_cpu_seconds(Path(folder)), import_cpu_seconds()) for _ in range(ROUNDS)]
    crawl, libraries = (statistics.median(values) for values in zip(*pairs, strict=True))
    ratio = statistics.median(crawl / libraries for crawl, libraries in pairs)
    print(f"CPU of a crawl to its first request: {crawl:.2f} s, of importing the libraries it needs: {libraries:.2f} s")
    print(f"the first is {ratio:.1f} times the second")

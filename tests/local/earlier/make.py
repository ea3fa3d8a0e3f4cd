"""Make an installation as an earlier version leaves it; see README.md. Runs in a checkout of that version."""

import os
import shutil
import signal
import subprocess
import sys
import tarfile
import time
import urllib.request
from pathlib import Path

HOME = Path(".kliping").absolute()
SITE = "nusakata"
DEMO_PORT = os.environ["KLIPING_DEMO_PORT"]


def local(command: str) -> str:
    return subprocess.run(
        [sys.executable, "-m", "local", command], check=True, capture_output=True, encoding="utf-8"
    ).stdout


def crawl_until_killed() -> None:
    """Crawl a site that has published more, and kill the crawl when its journal holds some visits."""
    exports = (line.removeprefix("export ") for line in local("environment").splitlines())
    variables = {name: value.strip("'") for name, _, value in (line.partition("=") for line in exports)}
    crawl = subprocess.Popen([sys.executable, "-m", "scrapy", "crawl", SITE], env={**os.environ, **variables})
    while crawl.poll() is None:
        journals = [path.read_text("utf-8") for path in (HOME / "spool" / SITE).glob("*/journal.jsonl")]
        if sum(journal.count("\n") for journal in journals) > 4:
            crawl.send_signal(signal.SIGKILL)
        time.sleep(0.02)
    assert crawl.returncode == -signal.SIGKILL, "the crawl ended before it could be killed"


def main(target: Path) -> None:
    print(local("up"))
    urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{DEMO_PORT}/_demo/edition/2", method="POST"))
    crawl_until_killed()
    local("down")
    shutil.rmtree(HOME / "logs")
    shutil.rmtree(HOME / "airflow" / "logs")
    config = HOME / "airflow" / "airflow.cfg"
    config.write_text(config.read_text("utf-8").replace(sys.prefix, "/srv/kliping/.venv"), "utf-8")
    with tarfile.open(target, "w:xz") as tar:
        tar.add(HOME, arcname=".kliping")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

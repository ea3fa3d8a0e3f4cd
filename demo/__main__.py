"""`python -m demo --port 8730 --state FOLDER`: three invented news sites on loopback, until stopped."""

import argparse
import sys
from pathlib import Path

from demo.errors import DemoError
from demo.server import DemoWeb
from demo.web import ARTICLES, PORTALS, SLOW_SECONDS

DEFAULT_PORT = 8730


def main() -> int:
    """Serve until SIGTERM or SIGINT; 1 with one sentence on stderr when the demo cannot start."""
    options = _options()
    web = DemoWeb(
        options.state,
        options.port,
        articles=options.articles,
        faults=options.faults,
        slow_seconds=options.slow_seconds,
    )

    def print_addresses() -> None:
        for portal in PORTALS:
            print(f"{portal.title}: {web.url_of(portal.name)}", flush=True)

    try:
        web.serve(ready=print_addresses)
    except DemoError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="port on 127.0.0.1 (default %(default)s)")
    parser.add_argument("--state", type=Path, required=True, help="folder that keeps the demo's epoch and edition")
    parser.add_argument("--articles", type=Path, default=ARTICLES, help="folder of article files")
    parser.add_argument("--no-faults", dest="faults", action="store_false", help="announce no faulty pages")
    parser.add_argument(
        "--slow-seconds", type=float, default=SLOW_SECONDS, help="how long slow pages take (default %(default)s)"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

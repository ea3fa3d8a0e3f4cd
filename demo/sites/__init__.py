"""The spiders of the demo web's three sites."""

import os


def demo_home(name: str) -> str:
    """Home page of a demo site, on the port that KLIPING_DEMO_PORT names, 8730 where it names none."""
    return f"http://{name}.localhost:{os.environ.get('KLIPING_DEMO_PORT', '8730')}/"

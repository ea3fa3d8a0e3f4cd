"""Take the pictures of the UI in the docs: `python -m docs.screenshots [folder]`, `make screenshots`.

They show the demo of a first `make up`, in which one site has begun to refuse us, as Airflow and the newsroom show it
to *admin*.
"""

import base64
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote
from urllib.request import Request, urlopen

from playwright.sync_api import Page, sync_playwright

from local.airflow import AirflowApi, Run
from local.credentials import ADMIN, password
from local.settings import Machine, load_state, machine
from tests.local.chromium import chromium

BLOCKED, SHOWN = "kilasperanti", "nusakata"

WIDTH, HEIGHT = 1280, 800
QUALITY = 0.82
"""Of WebP: small letters are still sharp, and a picture has some 50 KB."""

TIMEOUT = 60_000
"""Milliseconds for what the browser waits for, on a busy machine."""

RUN_SECONDS = 300.0

PACKED = """async ([png, quality]) => {
    const image = new Image();
    image.src = `data:image/png;base64,${png}`;
    await image.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [image.width, image.height];
    canvas.getContext("2d").drawImage(image, 0, 0);
    return canvas.toDataURL("image/webp", quality).split(",")[1];
}"""
"""Makes a WebP of a PNG, in the browser: it can, and no package has to."""


def main() -> int:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    config = load_state(machine())
    if config is None:
        print("Kliping: nothing runs here to be shown; make up starts it", file=sys.stderr)
        return 1
    api = AirflowApi(config.ui_url, ADMIN, password(config.home))
    api.sign_in()
    with one_site_refusing(config):
        blocked = prepared(api)
    program = chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program.executable_path, env=dict(program.env), args=program.args
        )
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
        page.set_default_timeout(TIMEOUT)
        sign_in(page, config)
        packer = browser.new_page()
        for name, show in pictures(page, config, blocked).items():
            show()
            page.wait_for_timeout(1500)  # for what Airflow moves in
            png = base64.b64encode(page.screenshot()).decode()
            webp = base64.b64decode(packer.evaluate(PACKED, [png, QUALITY]))
            (folder / f"{name}.webp").write_bytes(webp)
            print(f"{name}.webp: {len(webp) / 1000:.0f} KB")
        browser.close()
    return 0


@contextmanager
def one_site_refusing(config: Machine) -> Iterator[None]:
    """The demo with news, and one of its sites in trouble while the block runs."""
    demo(config, f"trouble/{BLOCKED}/refusing")
    demo(config, "edition/2")
    try:
        yield
    finally:
        demo(config, f"trouble/{BLOCKED}/none")


def demo(config: Machine, path: str) -> None:
    with urlopen(Request(f"http://127.0.0.1:{config.demo_port}/_demo/{path}", method="POST"), timeout=60):
        pass


def prepared(api: AirflowApi) -> Run:
    """Crawl, sum up, index and judge; the crawl that was refused."""
    crawls = [api.trigger(f"crawl_{site}") for site in (BLOCKED, "majalahsirkuit", SHOWN)]
    ended = [wait_for(api, crawl) for crawl in crawls]
    for dag_id in ("maintain", "search_index", "verify", "watch"):
        wait_for(api, api.trigger(dag_id))
    return ended[0]


def wait_for(api: AirflowApi, run: Run) -> Run:
    deadline = time.monotonic() + RUN_SECONDS
    while (now := api.run(run.dag_id, run.run_id)).is_active:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{run.dag_id} did not end in {RUN_SECONDS:.0f} s")
        time.sleep(1)
    return now


def sign_in(page: Page, config: Machine) -> None:
    page.goto(config.ui_url)
    page.fill("input[name=username]", ADMIN)
    page.fill("input[name=password]", password(config.home))
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "login" not in url)


def pictures(page: Page, config: Machine, blocked: Run) -> Mapping[str, Callable[[], None]]:
    """What each picture's name stands for, and how the page comes to show it."""
    frame = page.frame_locator("iframe")

    def newsroom() -> None:
        page.goto(f"{config.ui_url}/plugin/newsroom")
        frame.get_by_role("heading", name="Open incidents").wait_for()

    def site() -> None:
        page.goto(f"{config.ui_url}/dags/crawl_{SHOWN}/plugin/newsroom-site")
        frame.locator("svg").first.wait_for()

    def run() -> None:
        newsroom()
        frame.locator(f'a[href$="site/{SHOWN}"]').first.click()
        frame.locator("svg a").last.click()
        frame.get_by_role("table").filter(has_text="Began (WIB)").get_by_role("rowheader").first.get_by_role(
            "link"
        ).click()
        frame.get_by_text("URLs looked at, each with one outcome").wait_for()

    def corpus() -> None:
        newsroom()
        frame.get_by_role("link", name="Corpus").click()
        frame.locator("h1", has_text="orpus").wait_for()

    def search() -> None:
        newsroom()
        frame.locator("input[name=query]").fill("baterai")
        frame.locator("input[name=query]").press("Enter")
        frame.locator("mark, b").first.wait_for()

    def note() -> None:
        page.goto(f"{config.ui_url}/dags/{blocked.dag_id}/runs/{quote(blocked.run_id, safe='')}")
        page.get_by_text("requests for articles in a row").first.wait_for()
        page.get_by_role("row").filter(has_text="Failed").first.wait_for()

    return {"newsroom": newsroom, "site": site, "run": run, "corpus": corpus, "search": search, "note": note}


if __name__ == "__main__":
    sys.exit(main())

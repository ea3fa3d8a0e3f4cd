"""The page that the user agent's address should lead to: for the owners of the sites that are crawled."""

from html import escape
from pathlib import Path
from string import Template

from pipelines.rights import PRODUCT_TOKEN
from settings.crawl import Crawl
from settings.storage import SettingsError
from spiders.robots_txt import MAX_CRAWL_DELAY_SECONDS

TEMPLATE = Path(__file__).with_suffix(".html")


def owners_page(settings: Crawl) -> str:
    """The page as HTML, in Indonesian and English, with the operator's contact and user agent.

    Raises SettingsError where no contact is set.
    """
    if settings.contact is None:
        raise SettingsError("the page names whom to write to: set KLIPING_CONTACT")
    contact = settings.contact.removeprefix("mailto:")
    values = {
        "user_agent": settings.user_agent,
        "token": PRODUCT_TOKEN,
        "max_delay": f"{MAX_CRAWL_DELAY_SECONDS:.0f}",
        "contact": contact,
        "contact_link": contact if contact.startswith("http") else f"mailto:{contact}",
    }
    page = Template(TEMPLATE.read_text(encoding="utf-8"))
    return page.substitute({name: escape(value) for name, value in values.items()})

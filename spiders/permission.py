"""Whether a site may be crawled, and by whose consent."""

import logging

from pipelines.run.refusal import Refusal
from settings.crawl import Permission, crawl
from spiders.site import Site

logger = logging.getLogger(__name__)


def check_permission(site: Site) -> None:
    """Raises Refusal for a site that we may not crawl, or not without saying who we are; SettingsError where the
    environment is wrong.
    """
    if site.permission_needed:
        permission = crawl().permissions.get(site.name)
        if permission is None:
            raise Refusal(
                "permission_needed",
                f"{site.title} is not crawled without permission: {site.permission_needed};"
                " a consent is recorded in KLIPING_PERMISSIONS",
            )
        logger.info("%s is crawled by permission, %s", site.title, permission)
    if not site.loopback and not crawl().contact:
        raise Refusal("no_contact", "real sites are crawled only with a contact address: set KLIPING_CONTACT")


def check_exclusion(url: str, title: str) -> None:
    """Raises Refusal where the operator has excluded `url`, the home of the site `title`; SettingsError."""
    if exclusion := crawl().exclusion(url):
        raise Refusal("excluded", f"{title} is not crawled: {exclusion}; KLIPING_EXCLUSIONS says so")


def why_excluded(url: str) -> str | None:
    """By what entry of his list the operator has excluded `url`, in words; None where he has not."""
    exclusion = crawl().exclusion(url)
    return str(exclusion) if exclusion else None


def waives_robots(site: str) -> Permission | None:
    """The recorded consent by which the owner of the site named `site` waives its robots.txt for us, None without one.

    Raises SettingsError where the environment is wrong.
    """
    permission = crawl().permissions.get(site)
    return permission if permission and permission.waives_robots else None

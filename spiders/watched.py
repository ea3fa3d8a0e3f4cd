"""What the watch judges of each site of this deployment: what it expects, with what Airflow and the archive know."""

from collections.abc import Callable, Iterator, Mapping

from pipelines.watch.figures import Activity, SiteFigures
from pipelines.watch.judgement import SiteFacts
from spiders.site_index import BrokenSite, deployed_sites, may_be_scheduled


def facts(activity_of: Callable[[str], Activity], figures: Mapping[str, SiteFigures]) -> Iterator[SiteFacts]:
    """The facts of each site that is scheduled, or whose file is broken; `activity_of` is asked by a site's name."""
    for site in deployed_sites():
        if isinstance(site, BrokenSite):
            yield SiteFacts(site.name, activity_of(site.name), error=site.error)
        elif may_be_scheduled(site):
            known = figures.get(site.name, SiteFigures())
            yield SiteFacts(site.name, activity_of(site.name), known, site.expect.freshness)

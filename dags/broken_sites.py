"""Defines no DAG: its import fails where a site's does, so that Airflow's list of import errors names file and line."""

from spiders.site_index import BrokenSite, SiteError, deployed_sites

broken = [site.error for site in deployed_sites() if isinstance(site, BrokenSite)]
if broken:
    raise SiteError("; ".join(broken))

"""Cleaning: an Indonesian news page in, an `Article` or the reason why it is none out."""

from pipelines.cleaning.cleaner import clean, clean_pages
from pipelines.cleaning.rules import SiteRules
from pipelines.cleaning.worker import CleaningCrashed, CleaningTimeout, CleaningWorker

__all__ = ["CleaningCrashed", "CleaningTimeout", "CleaningWorker", "SiteRules", "clean", "clean_pages"]

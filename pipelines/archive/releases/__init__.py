"""Releases: a month of the corpus as plain files that never change, checked before they are published."""

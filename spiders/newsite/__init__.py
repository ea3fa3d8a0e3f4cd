"""Drafting a site: a first look at it, what it is recognised by, and the files of its class and test."""

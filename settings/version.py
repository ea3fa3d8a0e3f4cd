"""Which version of Kliping this is: in user agents, WARC files, `kliping --version` and the image's tag."""

VERSION = "1.0.0"
"""Semantic version. pyproject.toml reads it from here; a test holds compose.yaml to it, which cannot read."""

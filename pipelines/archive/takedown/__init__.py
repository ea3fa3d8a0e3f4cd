"""Takedown: what must not be in the archive any more is removed from all of it, kept out, and proven to be gone."""

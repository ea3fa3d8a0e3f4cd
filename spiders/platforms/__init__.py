"""Platforms that several sites share. What is known of a platform is stated once, here; a site states the rest."""

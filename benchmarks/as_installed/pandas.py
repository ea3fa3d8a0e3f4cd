"""In the place of pandas, which our tests need and an installation does not have: pyarrow would load it for nothing."""

raise ImportError("an installation has no pandas")

"""The three demo sites, each in the manner of one content management system."""

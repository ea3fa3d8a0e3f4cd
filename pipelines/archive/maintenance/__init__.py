"""The upkeep of the archive beside running crawls: what keeps its costs from growing with its age."""

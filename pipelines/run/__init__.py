"""A crawl run: what it captures, how its visits end, and their way into the bucket."""

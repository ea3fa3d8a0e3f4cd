"""The commands of the crawler: `scrapy crawl`, `scrapy clean`, `scrapy doctor` and their kin.

Scrapy's downloader comes before all else that they load. It defines classes that Scrapy has given up, and for each of
them `inspect.stack` looks through every module that is there: a quarter of a second of CPU once ours have come.

For any command Scrapy loads all of them: what only one needs is imported where that one begins.
"""

import atexit
import gc

import scrapy.core.downloader.handlers.http11  # noqa: F401

COLLECTION_THRESHOLD = 10_000
"""Objects made before Python looks for cycles among them, some 2 MB at most. Its own 700 have it look through what is
being loaded again and again, a tenth of a start's CPU."""

gc.set_threshold(COLLECTION_THRESHOLD)
atexit.register(gc.freeze)  # of a process that ends nothing need be collected: it took another tenth

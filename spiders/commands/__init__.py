"""The commands of the crawler: `scrapy crawl`, `scrapy clean`, `scrapy doctor` and their kin.

Scrapy's downloader comes before all else that they load. It defines classes that Scrapy has given up, and for each of
them `inspect.stack` looks through every module that is there: a quarter of a second of CPU once ours have come.
"""

import scrapy.core.downloader.handlers.http11  # noqa: F401

"""Scrapy settings: safe and polite defaults. What is not named here is Scrapy's own default.

A site may set its own pace (`Site.delay`); the user agent carries the contact address and is set by the spiders from
the environment, so that a wrong environment is told in one sentence.
"""

from settings.version import VERSION

BOT_NAME = "kliping"
USER_AGENT = f"Kliping/{VERSION}"  # for `scrapy shell` and the like; a crawl's has the contact address

SPIDER_MODULES = ["spiders.sites", "demo.sites"]  # a site per file; an installation lacks the second
SPIDER_LOADER_CLASS = "spiders.loader.SiteLoader"
COMMANDS_MODULE = "spiders.commands"

# A run and a visit's way: see pipelines/run.
EXTENSIONS = {"pipelines.run.extension.RunExtension": 0}
EXTENSIONS_BASE = {  # in place of Scrapy's: it imports also what is switched off, which costs a crawl 0.2 s of CPU
    "scrapy.extensions.corestats.CoreStats": 0,
    "scrapy.extensions.logcount.LogCount": 0,
    "scrapy.extensions.closespider.CloseSpider": 0,
    "scrapy.extensions.throttle.AutoThrottle": 0,
}
ITEM_PIPELINES = {
    "pipelines.run.stages.CleanStage": 100,
    "pipelines.run.stages.LeadImageStage": 150,
    "pipelines.run.stages.ArchiveStage": 200,
}

REPORT_FILE = None  # where the run's report goes as JSON: the Airflow task reads it
REPLAY = None  # a WARC file, or a folder of them, that answers the requests in place of the web

# Politeness. One request at a time per site, with a pause that is never 0: with DOWNLOAD_DELAY = 0 Scrapy 2.19 does not
# keep CONCURRENT_REQUESTS_PER_DOMAIN on the asyncio reactor. The pause has no jitter, since a Crawl-delay is a minimum.
CONCURRENT_REQUESTS = 1
CONCURRENT_REQUESTS_PER_DOMAIN = 1
CONCURRENT_ITEMS = 1  # a page gives one; Scrapy starts as many tasks for each response as this says
DOWNLOAD_DELAY = 3.0
DOWNLOAD_DELAY_JITTER = 0.0
AUTOTHROTTLE_ENABLED = True  # a slow server gets longer pauses: at least as long as its answers take
AUTOTHROTTLE_START_DELAY = 3.0
AUTOTHROTTLE_MAX_DELAY = 60.0
ROBOTSTXT_OBEY = False  # Scrapy's own reader fails open; ours (politeness.RobotsMiddleware) cannot be switched off here
VISITS_PER_RUN = 1000  # articles, the newest first; the rest is the next run's. An hour at the usual pace
BACK_OFF_SECONDS = 30.0  # pause after HTTP 429 without Retry-After

# Safety. Responses, redirects and names are strangers' input.
DOWNLOAD_MAXSIZE = 10 * 1024 * 1024  # bytes, before and after decompression; news pages have under 1 MB
DOWNLOAD_WARNSIZE = 0
DOWNLOAD_TIMEOUT = 30  # seconds; beyond it a reader would have left as well
DOWNLOAD_VERIFY_CERTIFICATES = True  # Scrapy's default is False
DOWNLOAD_HANDLERS = {  # http and https only
    "data": None,
    "file": None,
    "ftp": None,
    "s3": None,
    "http": "pipelines.run.recording_handler.RecordingHandler",
    "https": "pipelines.run.recording_handler.RecordingHandler",
}
TWISTED_DNS_RESOLVER = "spiders.guard.GuardedResolver"
HTTPPROXY_ENABLED = False  # through a proxy, the proxy would resolve names, unguarded
COOKIES_ENABLED = False  # no visit knows of another
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False  # runs code sent to a port of this machine
METAREFRESH_ENABLED = False  # news pages refresh themselves for their advertisements
REDIRECT_MAX_TIMES = 5  # RFC 9309 asks for five for robots.txt; an article needs two (https, trailing slash)
REFERER_ENABLED = True  # needed by redirects; the policy sends none
REFERRER_POLICY = "no-referrer"
DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.5",
    "Accept-Language": "id,en;q=0.5",
}

DOWNLOADER_MIDDLEWARES = {
    "scrapy.downloadermiddlewares.cookies.CookiesMiddleware": None,  # switched off, it is imported all the same
    "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,  # GuardMiddleware is stricter
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": None,
    "scrapy.downloadermiddlewares.stats.DownloaderStats": None,  # the run's report counts what an operator asks for
    "spiders.guard.GuardMiddleware": 50,
    "spiders.politeness.RobotsMiddleware": 100,
    "spiders.politeness.BackOffMiddleware": 550,
    "spiders.guard.DecodingMiddleware": 590,
    "spiders.guard.WebRedirectMiddleware": 600,
}

SPIDER_MIDDLEWARES = {
    "scrapy.spidermiddlewares.depth.DepthMiddleware": None,  # a visit follows no links
    "scrapy.spidermiddlewares.httperror.HttpErrorMiddleware": None,  # every answer comes to the spider, which judges it
    "scrapy.spidermiddlewares.metacopy.MetaCopyDetectionMiddleware": None,
    "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware": None,  # MAX_URL_LENGTH is ours; this drops without a word
}

# Failures. Passing ones are tried three times in all; what is left is reported once, as the visit's outcome.
RETRY_TIMES = 2
RETRY_GIVE_UP_LOG_LEVEL = "DEBUG"

# Logs: "] LEVEL: " is what ScrapyOperator looks for, so that Airflow's log viewer has the level; Airflow adds the time.
LOG_LEVEL = "INFO"
LOG_FORMAT = "[%(name)s] %(levelname)s: %(message)s"
LOG_FORMATTER = "spiders.logs.VisitLogFormatter"
LOG_VERSIONS: list[str] = []
LOGSTATS_INTERVAL = 0
STATS_DUMP = False  # the spider's summary and the report say it in words

# Scrapy's figure is the largest that this process or the one it was forked from ever was: a crawl would be stopped for
# the size of its parent. A crawl needs about 200 MB; pages are bounded above, cleaning has a limit of its own.
MEMUSAGE_ENABLED = False

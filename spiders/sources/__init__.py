"""Where sites announce their articles: the kinds of sources, one reader for each, and one reader of them all.

What a source sent is read in a child process, which loads the reader's module: those modules load nothing of Scrapy.
"""

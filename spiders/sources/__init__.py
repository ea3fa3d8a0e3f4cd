"""Where sites announce their articles: the kinds of sources, one reader for each, and one reader of them all."""

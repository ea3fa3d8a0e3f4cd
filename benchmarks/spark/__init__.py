"""Near copies over all time, found by Spark in releases, beside those that Kliping found as they came."""

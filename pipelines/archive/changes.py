"""What a version of an article changes in the one before, as its row says it."""

from collections import Counter

from pipelines.archive.schema import Row

CHANGE_COLUMNS = ("changes", "words_added", "words_removed")
"""Columns of a row that say it."""


def changes(new: Row, old: Row) -> Row:
    """The columns that say what the version `new` of an article changes in `old`."""
    changed = {
        "headline": new["headline"] != old["headline"],
        "body": new["text_sha256"] != old["text_sha256"],
        "correction": bool(new.get("correction")) and new.get("correction") != old.get("correction"),
        "url": new["url"] != old["url"],
    }
    before, after = Counter(old["body"].split()), Counter(new["body"].split())
    return {
        "changes": [name for name, is_changed in changed.items() if is_changed],
        "words_added": (after - before).total(),
        "words_removed": (before - after).total(),
    }

"""What the index has of an article: terms, site and time, and by what to find it in the tables. No text."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import tantivy

from .terms import stems

HEADLINE, BODY = "headline", "body"

COLUMNS = ("article_id", "site", "date_published", "headline", "body")
"""Of `articles`, that an entry is made of."""


def schema() -> tantivy.Schema:
    """The fields of an entry."""
    builder = tantivy.SchemaBuilder()
    builder.add_bytes_field("article_id", stored=True, indexed=True)
    builder.add_text_field("site", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_integer_field("published_at", fast=True)
    builder.add_text_field(HEADLINE, tokenizer_name="whitespace")
    builder.add_text_field(BODY, tokenizer_name="whitespace")
    return builder.build()


def entry(row: Mapping[str, Any]) -> tantivy.Document:
    """What the index has of a row, in COLUMNS."""
    document = tantivy.Document()
    document.add_bytes("article_id", bytes.fromhex(row["article_id"]))
    document.add_text("site", row["site"])
    document.add_integer("published_at", seconds(row["date_published"]))
    document.add_text(HEADLINE, stems(row["headline"]))
    document.add_text(BODY, stems(row["body"]))
    return document


def seconds(moment: datetime) -> int:
    """An aware time as the index has it: whole seconds since 1970."""
    return int(moment.timestamp() // 1)

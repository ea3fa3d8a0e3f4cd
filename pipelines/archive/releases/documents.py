"""What comes with the data files of a release, so that people and programs know what they are: card, Croissant,
citation, dictionary of fields, coverage.
"""

import csv
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from string import Template
from typing import Any

import pyarrow as pa

from pipelines.archive.jakarta_days import span_of
from pipelines.archive.releases.contents import FILES, Contents, Coverage
from pipelines.archive.schema import Column
from pipelines.archive.selection import SELECTABLE
from settings.version import VERSION

CARD = Path(__file__).with_name("card.md")
"""The card, as Hugging Face reads it, with places for what differs."""

LICENSE = "other"
LICENSE_WORDS = (
    "The texts belong to their publishers; this release gives no rights in them. What each page says of its use stands "
    "in `rights`, and a licence that it declares in `license`, as found."
)

DESCRIPTIONS: Mapping[str, str] = {
    "articles": "Articles that were published in the month, each in its last version.",
    "copies": "Pages that repeat the text of an article, with their own text and what they repeat.",
    "revisions": "Earlier versions of articles that were published in the month.",
}

CROISSANT_TYPES: Mapping[pa.DataType, str] = {
    pa.string(): "sc:Text",
    pa.int64(): "sc:Integer",
    pa.int32(): "sc:Integer",
    pa.float64(): "sc:Float",
    pa.bool_(): "sc:Boolean",
    pa.date32(): "sc:Date",
    pa.timestamp("us", tz="UTC"): "sc:DateTime",
}
"""Of the fields of structs as well."""

CROISSANT_CONTEXT: Mapping[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
"""As version 1.0 of the format has it (https://docs.mlcommons.org/croissant/docs/croissant-spec.html)."""

SIZE_CATEGORIES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
)
"""Hugging Face's names, each with the number below which it goes; a month has no million."""


@dataclass(frozen=True, slots=True)
class Release:
    """A release as its documents tell of it. `month` is 'YYYY-MM' by Jakarta's time; `accepted` says why it was
    published in spite of what spoke against it, None where nothing did; `notice` is a sentence for its readers.
    """

    month: str
    version: int
    contents: Contents
    coverage: Sequence[Coverage]
    bucket: str
    accepted: str | None = None
    notice: str | None = None

    @property
    def name(self) -> str:
        return f"{self.month}/v{self.version}"

    @property
    def url(self) -> str:
        """Where it lies."""
        return f"s3://{self.bucket}/releases/{self.name}/"

    @property
    def as_of(self) -> datetime:
        """The last moment that it knows of: that of the clock would make two equal releases differ."""
        return self.contents.as_of or span_of(self.month)[1]

    @property
    def title(self) -> str:
        return f"Kliping, Indonesian technology news, {self.month} (v{self.version})"


def write_documents(release: Release, folder: Path) -> None:
    """Write all that comes with the data files in `folder`, and at last the sums of all."""
    texts = {
        "fields.csv": _fields_csv(),
        "coverage.csv": _csv([field.name for field in fields(Coverage)], [each.values() for each in release.coverage]),
        "README.md": _card(release),
        "CITATION.cff": _citation(release),
        "croissant.json": _json(_croissant(release, folder)),
        "release.json": _json(_manifest(release)),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    names = sorted([*texts, *FILES.values()])
    sums = "".join(f"{sha256(folder / name)}  {name}\n" for name in names)
    (folder / "SHA256SUMS").write_text(sums, encoding="utf-8", newline="\n")


def sha256(path: Path) -> str:
    """SHA-256 of a file, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _json(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def _csv(names: Sequence[str], rows: Sequence[Mapping[str, object]]) -> str:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _fields_csv() -> str:
    rows = [
        {
            "file": FILES[name],
            "column": column.name,
            "type": str(column.type),
            "null": not column.required,
            "meaning": column.doc,
        }
        for name, table in SELECTABLE.items()
        for column in table.columns
    ]
    return _csv(["file", "column", "type", "null", "meaning"], rows)


def _manifest(release: Release) -> Mapping[str, object]:
    return {
        "month": release.month,
        "version": release.version,
        "as_of": release.as_of.isoformat(),
        "made_by": f"Kliping {VERSION}",
        "accepted": release.accepted,
        "rows": {name: release.contents.count(name) for name in FILES},
        "sites": {
            name: {"rows": site.rows, "fill_rates": site.fill_rates()}
            for name, site in sorted(release.contents.sites.items())
        },
    }


def _citation(release: Release) -> str:
    return f"""cff-version: 1.2.0
message: If you use this data, please cite this release by its version and checksum.
type: dataset
title: "{release.title}"
authors:
  - name: The operators of {release.url}
version: "{release.month}.{release.version}"
date-released: {release.as_of:%Y-%m-%d}
url: "{release.url}"
abstract: >-
  {release.contents.count("articles")} articles of {len(release.contents.sites)} Indonesian technology news sites that
  were published in {release.month}, as known on {release.as_of:%Y-%m-%d}.
"""


def _card(release: Release) -> str:
    count = release.contents.count("articles")
    size = next((name for limit, name in SIZE_CATEGORIES if count < limit), "1M<n<10M")
    configs = "".join(
        f"  - config_name: {name}\n    data_files: {file}\n" + "    default: true\n" * (name == "articles")
        for name, file in FILES.items()
    )
    lines = "".join(_coverage_line(release, each) for each in release.coverage)
    files = "".join(
        f"- `{file}`: {DESCRIPTIONS[name]} {release.contents.count(name):,} rows.\n" for name, file in FILES.items()
    )
    accepted = f"\nIt was published in spite of what spoke against it: {release.accepted}\n" if release.accepted else ""
    accepted += f"\n{release.notice}\n" if release.notice else ""
    values = {
        "license": LICENSE,
        "license_words": LICENSE_WORDS,
        "title": release.title,
        "size": size,
        "configs": configs,
        "month": release.month,
        "as_of": f"{release.as_of:%Y-%m-%d}",
        "url": release.url,
        "accepted": accepted,
        "files": files,
        "lines": lines,
    }
    return Template(CARD.read_text(encoding="utf-8")).substitute(values)


def _coverage_line(release: Release, of: Coverage) -> str:
    rows = release.contents.sites[of.site].rows if of.site in release.contents.sites else {}
    figures = (rows.get("articles", 0), rows.get("copies", 0), of.announced, of.archived, of.refused, of.missing)
    return f"| {of.site} | {' | '.join('' if figure is None else str(figure) for figure in figures)} |\n"


def _croissant(release: Release, folder: Path) -> Mapping[str, object]:
    return {
        "@context": CROISSANT_CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": f"kliping-{release.month}-v{release.version}",
        "description": f"Indonesian technology news of {release.month}: articles, copies and earlier versions.",
        "url": release.url,
        "license": LICENSE_WORDS,
        "creator": {"@type": "sc:Organization", "name": f"The operators of {release.url}"},
        "datePublished": f"{release.as_of:%Y-%m-%d}",
        "version": f"{release.version}.0.0",
        "inLanguage": "id",
        "keywords": ["news", "technology", "Indonesian"],
        "citeAs": f"{release.title}, {release.url}",
        "isLiveDataset": False,
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": file,
                "name": file,
                "description": DESCRIPTIONS[name],
                "contentUrl": file,
                "contentSize": f"{(folder / file).stat().st_size} B",
                "encodingFormat": "application/x-parquet",
                "sha256": sha256(folder / file),
            }
            for name, file in FILES.items()
        ],
        "recordSet": [
            {
                "@type": "cr:RecordSet",
                "@id": name,
                "name": name,
                "description": DESCRIPTIONS[name],
                "field": [_croissant_field(name, column) for column in table.columns],
            }
            for name, table in SELECTABLE.items()
        ],
    }


def _croissant_field(name: str, column: Column) -> Mapping[str, object]:
    is_list = pa.types.is_list(column.type)
    kind = column.type.value_type if is_list else column.type
    whole = {
        "@type": "cr:Field",
        "@id": f"{name}/{column.name}",
        "name": column.name,
        "description": column.doc,
        **({"repeated": True} if is_list else {}),
    }
    source = {"fileObject": {"@id": FILES[name]}, "extract": {"column": column.name}}
    if not pa.types.is_struct(kind):
        return {**whole, "dataType": CROISSANT_TYPES[kind], "source": source}
    parts = [
        {
            "@type": "cr:Field",
            "@id": f"{name}/{column.name}/{part.name}",
            "name": part.name,
            "description": f"`{part.name}` of `{column.name}`.",
            "dataType": CROISSANT_TYPES[part.type],
            "source": {**source, "transform": {"jsonPath": part.name}},
        }
        for part in kind
    ]
    return {**whole, "subField": parts}

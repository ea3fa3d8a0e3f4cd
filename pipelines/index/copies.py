"""Which texts the corpus holds and runs have claimed, and which of them a text repeats.

By its hash an exact copy is found at any age. What else is alike is found by lookup keys of its words, of which each
text has LOOKUP_KEYS, and compared with them word by word.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from itertools import repeat
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from pipelines.index.comparison import Kind, Wording, best_likeness
from pipelines.index.fingerprints import LOOKUP_KEYS, lookup_keys
from pipelines.index.keys import IDS, MAX_KEYS_PER_QUERY, NUMBERS, in_chunks
from pipelines.index.records import Match, TextFingerprint, UrlRecord
from pipelines.index.tables import COMMITTED, FINGERPRINTS, KEY_BYTES, LOOKUP, ORIGINS, SEEN, first_bytes
from pipelines.index.url_records import HAS_KEY, ID_COLUMNS, URLS, address_and_id, keys_of, numbers_of
from settings.clock import utc_now

MAX_TEXTS_PER_KEY = 16
"""Texts that a lookup key remembers, the last ones: a phrase of a template would else bring all that was made of it."""

MAX_COMPARED_TEXTS = 16
"""Texts that a candidate is compared with, those that share the rarest keys with it. They are enough to learn from what
several have in common, and bound the time of a verdict where hundreds are of one template."""

MIN_SHARED_KEYS = 2
"""Keys that a text shares with a candidate to be compared with it: each common phrase brings texts that share one."""

_PUBLISH = (
    SEEN.update()
    .where(SEEN.c.number == sa.bindparam("of_number"))
    .values(published_at=sa.bindparam("new_published_at"), text_sha256=sa.bindparam("new_text_sha256"))
)
_UNPUBLISH = SEEN.update().where(SEEN.c.number.in_(NUMBERS)).values(published_at=None)
_KEYS = [f"key_{number}" for number in range(LOOKUP_KEYS)]
_LOOKED_UP = sa.select(LOOKUP).where(LOOKUP.c.key.in_([sa.bindparam(key, type_=LOOKUP.c.key.type) for key in _KEYS]))
_CROWDED = (
    sa.select(LOOKUP.c.key, sa.func.min(LOOKUP.c.fingerprint).label("fingerprint"))
    .where(LOOKUP.c.key.in_([sa.bindparam(key, type_=LOOKUP.c.key.type) for key in _KEYS]))
    .group_by(LOOKUP.c.key)
    .having(sa.func.count() > MAX_TEXTS_PER_KEY)
)
_RANKED = sa.select(
    LOOKUP,
    sa.func.row_number().over(partition_by=LOOKUP.c.key, order_by=LOOKUP.c.fingerprint.desc()).label("place"),
).subquery()
_FORGET_CROWDING = LOOKUP.delete().where(
    sa.tuple_(LOOKUP.c.key, LOOKUP.c.fingerprint).in_(
        sa.select(_RANKED.c.key, _RANKED.c.fingerprint).where(_RANKED.c.place > MAX_TEXTS_PER_KEY)
    )
)
_FORGET_KEY = LOOKUP.delete().where(
    LOOKUP.c.key == sa.bindparam("of_key"), LOOKUP.c.fingerprint == sa.bindparam("of_fingerprint")
)
_TEXTS = sa.select(FINGERPRINTS).where(FINGERPRINTS.c.id.in_(NUMBERS))
_TEXTS_OF = sa.select(FINGERPRINTS).where(FINGERPRINTS.c.article_id.in_(IDS))
_TEXTS_OF_RUN = _TEXTS_OF.where(FINGERPRINTS.c.run == sa.bindparam("run"))
_FORGET_TEXTS = FINGERPRINTS.delete().where(FINGERPRINTS.c.id.in_(NUMBERS))
_ADD_TEXT = FINGERPRINTS.insert().returning(FINGERPRINTS.c.id)
_SETTLE_TEXT = (
    FINGERPRINTS.update()
    .where(FINGERPRINTS.c.id == sa.bindparam("claim"))
    .values({name: sa.bindparam(f"settled_{name}") for name in ("url", "site", "run", "published_at")})
)
_EXACT = (
    sa.select(SEEN.c.published_at, ORIGINS.c.site, *ID_COLUMNS)
    .select_from(URLS)
    .where(
        first_bytes(SEEN.c.text_sha256) == sa.bindparam("start", type_=sa.LargeBinary()),
        SEEN.c.published_at.is_not(None),
        SEEN.c.text_sha256 == sa.bindparam("text"),
    )
)
_EXACT_CLAIM = (
    sa.select(FINGERPRINTS.c.article_id, FINGERPRINTS.c.url, FINGERPRINTS.c.site)
    .where(
        FINGERPRINTS.c.text_sha256 == sa.bindparam("text"),
        FINGERPRINTS.c.run != COMMITTED,
        FINGERPRINTS.c.article_id != sa.bindparam("candidate"),
    )
    .order_by(FINGERPRINTS.c.published_at, FINGERPRINTS.c.article_id)
    .limit(1)
)
_OWN_TEXT = sa.select(FINGERPRINTS).where(
    FINGERPRINTS.c.article_id == sa.bindparam("id"), FINGERPRINTS.c.run == COMMITTED
)
_PUBLISHED = (
    sa.select(SEEN.c.published_at, SEEN.c.text_sha256, *ID_COLUMNS)
    .select_from(URLS)
    .where(HAS_KEY, SEEN.c.published_at.is_not(None))
)
_PUBLISHED_AFTER = (
    sa.select(SEEN.c.number, *ID_COLUMNS)
    .select_from(URLS)
    .where(SEEN.c.published_at.is_not(None), SEEN.c.number > sa.bindparam("after"))
    .order_by(SEEN.c.number)
    .limit(MAX_KEYS_PER_QUERY)
)


def match(connection: Connection, candidate: TextFingerprint, window: timedelta) -> Match | None:
    """The article that the candidate's text repeats; see `Index.match`."""
    if exact := _exact(connection, candidate):
        return exact
    if candidate.wording is None:
        return None
    alike = _alike(connection, candidate.wording)
    if not alike:
        return None
    found = connection.execute(_TEXTS, {"numbers": alike}).all()
    order_by_id = {row.id: row for row in found if row.article_id != candidate.article_id}
    wordings = {row.id: Wording.read(row.wording) for row in found if row.article_id != candidate.article_id}
    near_in_time = {
        row.id: wordings[row.id]
        for row in sorted(
            order_by_id.values(), key=lambda row: (row.run != COMMITTED, row.published_at, row.article_id)
        )
        if abs(row.published_at - candidate.published_at) <= window
    }
    best = best_likeness(Wording.read(candidate.wording), near_in_time, wordings.values())
    if best is None:
        return None
    original, like = order_by_id[best[0]], best[1]
    return Match(
        original.article_id, original.url, like.kind, like.similarity, like.containment, like.adds, original.site
    )


def _exact(connection: Connection, candidate: TextFingerprint) -> Match | None:
    """The article with the very text, that of the corpus which was published first, or else that of a claim."""
    start = bytes.fromhex(candidate.text_sha256)[:KEY_BYTES]
    of_corpus = []
    for published_at, site, *of_id in connection.execute(_EXACT, {"text": candidate.text_sha256, "start": start}):
        url, identity = address_and_id(*of_id)
        if identity != candidate.article_id:
            of_corpus.append((published_at, identity, url, site))
    if of_corpus:
        _, identity, url, site = min(of_corpus)
        return Match(identity, url, Kind.EXACT, 1.0, 1.0, adds=False, site=site)
    asked = {"text": candidate.text_sha256, "candidate": candidate.article_id}
    claim = connection.execute(_EXACT_CLAIM, asked).first()
    return claim and Match(claim.article_id, claim.url, Kind.EXACT, 1.0, 1.0, adds=False, site=claim.site)


def _alike(connection: Connection, wording: bytes) -> list[int]:
    """The fingerprints of the texts that share the rarest lookup keys with a text, the most alike first."""
    keys = [(key, text) for key, text in connection.execute(_LOOKED_UP, _by_key(lookup_keys(wording)))]
    texts_by_key = Counter(key for key, _ in keys)
    shared = Counter(text for _, text in keys)
    rarity: dict[int, float] = defaultdict(float)
    for key, text in keys:
        rarity[text] += 1 / texts_by_key[key]
    found = [fingerprint for fingerprint, count in shared.items() if count >= MIN_SHARED_KEYS]
    return sorted(found, key=lambda fingerprint: (-rarity[fingerprint], fingerprint))[:MAX_COMPARED_TEXTS]


def claim(connection: Connection, candidate: TextFingerprint) -> None:
    """Have the candidate's text be claimed for its run, in the place of what the run has claimed for the article."""
    forget_texts(connection, [candidate.article_id], candidate.run)
    add_texts(connection, [candidate], candidate.run)


def release(connection: Connection, site: str, keep_runs: Iterable[str]) -> int:
    """Drop the claims of the site's runs but `keep_runs`; how many."""
    claimed = sa.select(FINGERPRINTS).where(
        FINGERPRINTS.c.site == site, FINGERPRINTS.c.run != COMMITTED, FINGERPRINTS.c.run.not_in(list(keep_runs))
    )
    rows = connection.execute(claimed).all()
    remove(connection, rows)
    return len(rows)


def text_of(connection: Connection, identity: str) -> TextFingerprint | None:
    """The text that the article of that id has in the corpus, if near copies of it are looked for."""
    row = connection.execute(_OWN_TEXT, {"id": identity}).one_or_none()
    if row is None:
        return None
    return TextFingerprint(row.article_id, row.url, row.site, row.run, row.text_sha256, row.wording, row.published_at)


def published_at(connection: Connection, identity: str) -> datetime | None:
    """When the article was published whose text the index holds as the corpus's own, UTC."""
    published_at, _ = _published(connection, [identity]).get(identity, (None, None))
    return published_at


def ids_after(connection: Connection, number: int) -> tuple[list[str], int]:
    """The next chunk of the ids of articles with texts in the corpus after the record of that number, and the number of
    its own last.
    """
    rows = connection.execute(_PUBLISHED_AFTER, {"after": number}).all()
    return [address_and_id(*of_id)[1] for _, *of_id in rows], rows[-1].number if rows else number


def hashes_of(connection: Connection, article_ids: Sequence[str]) -> dict[str, str]:
    """What is kept of the text_sha256 of each of the articles whose text the index holds as the corpus's own."""
    return {
        identity: text_hash
        for chunk in in_chunks(article_ids)
        for identity, (_, text_hash) in _published(connection, chunk).items()
    }


def _published(connection: Connection, ids: Collection[str]) -> dict[str, tuple[datetime, str]]:
    """When the text of each of the articles that has one in the corpus was published, and its hash; by its id."""
    by_id = {}
    for row in connection.execute(_PUBLISHED, keys_of(ids)):
        _, identity = address_and_id(row.article_id, row.host, row.address)
        by_id[identity] = (row.published_at, row.text_sha256)
    return {identity: by_id[identity] for identity in ids if identity in by_id}


def originals_of(connection: Connection, records: Collection[UrlRecord]) -> dict[str, TextFingerprint]:
    """The texts that the articles of these records have in the corpus, by their ids; of those that only exact copies
    are looked for of, what is kept of the hash.
    """
    ids = [record.article_id for record in records]
    with_words = {row.article_id: row for row in connection.execute(_TEXTS_OF_RUN, {"ids": ids, "run": COMMITTED})}
    published = _published(connection, ids)
    found = {}
    for record in records:
        identity, row = record.article_id, with_words.get(record.article_id)
        if identity in published:
            at, text_hash = published[identity]
            text_hash, words = (row.text_sha256, row.wording) if row else (text_hash, None)
            found[identity] = TextFingerprint(identity, record.url, record.site, COMMITTED, text_hash, words, at)
    return found


def older_than(moment: datetime) -> sa.Select[Any]:
    """The query for texts of the corpus that were published before then, and came in before then, too."""
    return (
        sa.select(FINGERPRINTS)
        .where(
            FINGERPRINTS.c.run == COMMITTED,
            FINGERPRINTS.c.published_at < moment,
            FINGERPRINTS.c.added_at < moment,
        )
        .order_by(FINGERPRINTS.c.id)
    )


def publish(connection: Connection, originals: Mapping[str, TextFingerprint], numbers: Mapping[str, int]) -> None:
    """Have these texts, by their articles' ids, be those that the articles have in the corpus; a claim to one of them
    is settled by that. `numbers` are those of the articles' records.
    """
    if not originals:
        return
    connection.execute(
        _PUBLISH,
        [
            {
                "of_number": numbers[identity],
                "new_published_at": text.published_at,
                "new_text_sha256": text.text_sha256,
            }
            for identity, text in originals.items()
        ],
    )
    settled: dict[str, int] = {}
    superseded = []
    for chunk in in_chunks(originals):
        for row in connection.execute(_TEXTS_OF, {"ids": chunk}):
            original = originals[row.article_id]
            is_it = (row.text_sha256, row.wording) == (original.text_sha256, original.wording)
            if is_it and row.wording and row.article_id not in settled:
                settled[row.article_id] = row.id
            else:
                superseded.append(row)
    remove(connection, superseded)
    if settled:
        connection.execute(
            _SETTLE_TEXT,
            [
                {
                    "claim": claim,
                    "settled_url": originals[identity].url,
                    "settled_site": originals[identity].site,
                    "settled_run": COMMITTED,
                    "settled_published_at": originals[identity].published_at,
                }
                for identity, claim in settled.items()
            ],
        )
    new = (text for identity, text in originals.items() if identity not in settled)
    add_texts(connection, (text for text in new if text.wording), COMMITTED)


def unpublish(connection: Connection, article_ids: Iterable[str]) -> None:
    """Forget the texts that the articles have in the corpus."""
    for chunk in in_chunks(article_ids):
        connection.execute(_UNPUBLISH, {"numbers": list(numbers_of(connection, chunk).values())})
        forget_texts(connection, chunk, COMMITTED)


def forget_texts(connection: Connection, article_ids: Sequence[str], run: str) -> None:
    """Remove the texts that the articles have in the corpus, or that a run has claimed for them."""
    for chunk in in_chunks(article_ids):
        remove(connection, connection.execute(_TEXTS_OF_RUN, {"ids": chunk, "run": run}).all())


def add_texts(connection: Connection, candidates: Iterable[TextFingerprint], run: str) -> None:
    """Add texts to those of the corpus, or to those that a run has claimed."""
    for candidate in candidates:
        row = {**asdict(candidate), "run": run, "added_at": utc_now()}
        fingerprint = connection.execute(_ADD_TEXT, row).scalar_one()
        if candidate.wording is not None:
            keys = lookup_keys(candidate.wording)
            connection.execute(LOOKUP.insert(), [{"key": key, "fingerprint": fingerprint} for key in keys])
            _forget_oldest(connection, keys)


def _by_key(keys: Sequence[int]) -> dict[str, int]:
    """The parameters of a statement about LOOKUP_KEYS keys; where a text has fewer, its last stands for the rest."""
    return dict(zip(_KEYS, [*keys, *repeat(keys[-1], LOOKUP_KEYS - len(keys))], strict=True))


def _forget_oldest(connection: Connection, keys: Sequence[int]) -> None:
    """Have each of the keys, to which one text was added, remember no more texts than it may."""
    crowded = connection.execute(_CROWDED, _by_key(keys))
    _delete_keys(connection, [(row.key, row.fingerprint) for row in crowded])


def forget_crowding(connection: Connection) -> None:
    """Have all keys remember no more texts than they may."""
    connection.execute(_FORGET_CROWDING)


def _delete_keys(connection: Connection, keys: Sequence[tuple[int, int]]) -> None:
    if keys:
        connection.execute(_FORGET_KEY, [{"of_key": key, "of_fingerprint": text} for key, text in keys])


def remove(connection: Connection, fingerprints: Sequence[sa.Row[Any]]) -> None:
    """Forget texts, told by their rows."""
    # The keys are found by working them out again: an index from fingerprint to keys would double their table.
    _delete_keys(connection, [(key, row.id) for row in fingerprints if row.wording for key in lookup_keys(row.wording)])
    for chunk in in_chunks(fingerprints):
        connection.execute(_FORGET_TEXTS, {"numbers": [row.id for row in chunk]})

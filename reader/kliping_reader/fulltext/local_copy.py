"""The published index on this machine's disk: what has changed is fetched, checked by its digest, and put together.

    pieces/SHA256/      the files of a piece
    views/NUMBER-…/     links to the files of all pieces of a state, and the meta.json that makes one index of them

A view never changes. Each step is done beside its place and then renamed, so that several processes may share a folder,
and one that is killed leaves nothing that another would take for whole.
"""

import hashlib
import os
import shutil
import tarfile
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp

from .published import NoSearchIndex, Piece, PublishedIndex, SearchError, Store, list_keys

META = "meta.json"
"""As tantivy calls it."""

MAX_TRIES = 3
"""Of a copy: while it is made a newer state may be published, and the pieces of the older one go."""

MAX_AGE_SECONDS = 86_400
"""Of what a process that was killed has left half-done, before it is removed: none works that long."""

Progress = Callable[[str], None]


class PieceGone(Exception):  # noqa: N818 - it names a state
    """A piece of the list is not there any more: a newer list has taken its place."""


def newest(store: Store) -> PublishedIndex:
    """The index that is published.

    Raises NoSearchIndex where there is none, SearchError where it is of another version.
    """
    for _ in range(MAX_TRIES):
        keys = list_keys(store)
        if not keys:
            break
        if content := store.find(keys[-1]):
            return PublishedIndex.from_json(content)
    raise NoSearchIndex("there is no search index yet: the DAG search_index, or `kliping search-index`, makes it")


def copy(store: Store, folder: Path, progress: Progress = lambda _: None) -> tuple[PublishedIndex, Path]:
    """Bring the copy in `folder` up to date: what is published, and the folder of the view, which tantivy opens.

    Raises NoSearchIndex, SearchError where what came is damaged or of another version, and OSError.
    """
    for _ in range(MAX_TRIES):
        index = newest(store)
        if not index.is_current:
            raise SearchError(
                "the search index was made by another version of Kliping, whose words and files differ: update the "
                "reader, or let `kliping search-index` make it anew"
            )
        try:
            return index, _view(store, index, folder, progress)
        except PieceGone:
            continue
    raise SearchError("the search index was published anew again and again while it was copied: try again")


def _view(store: Store, index: PublishedIndex, folder: Path, progress: Progress) -> Path:
    views, pieces = folder / "views", folder / "pieces"
    name = f"{index.number:08}-{hashlib.sha256(index.to_json()).hexdigest()[:16]}"
    if not (views / name / META).exists():
        for place in (views, pieces):
            place.mkdir(parents=True, exist_ok=True)
        missing = [piece for piece in index.pieces if not (pieces / piece.sha256).exists()]
        size, got = sum(piece.size for piece in missing), 0
        for piece in missing:
            progress(f"fetching the search index: {got / 1e6:,.0f} of {size / 1e6:,.0f} MB")
            _fetch(store, piece, pieces)
            got += piece.size
        beside = Path(mkdtemp(prefix=".", dir=views))
        for piece in index.pieces:
            for file in (pieces / piece.sha256).iterdir():
                os.link(file, beside / file.name)
        (beside / META).write_bytes(index.tantivy_meta())
        _rename(beside, views / name)
        _tidy(views, {name})
        _tidy(pieces, {piece.sha256 for piece in index.pieces})
    return views / name


def _fetch(store: Store, piece: Piece, pieces: Path) -> None:
    beside = Path(mkdtemp(prefix=".", dir=pieces))
    archive = beside / ".tar"
    came = store.download(piece.key, archive)
    if came is None:
        shutil.rmtree(beside)
        raise PieceGone(piece.key)
    if came[0] != piece.sha256:
        shutil.rmtree(beside)
        raise SearchError(f"{piece.key} is damaged: its bytes are not those that were published")
    with tarfile.open(archive) as files:
        files.extractall(beside, filter="data")
    archive.unlink()
    _rename(beside, pieces / piece.sha256)


def _rename(beside: Path, place: Path) -> None:
    """Put a folder in its place; where another process has put the same there meanwhile, that stays."""
    try:
        beside.rename(place)
    except OSError:
        if not place.exists():
            raise
        shutil.rmtree(beside)


def _tidy(folder: Path, kept: set[str]) -> None:
    """Remove what is not needed any more. What a process has open it keeps until it closes it."""
    for place in folder.iterdir():
        is_under_way = place.name.startswith(".") and time.time() - place.stat().st_mtime < MAX_AGE_SECONDS
        if place.name not in kept and not is_under_way:
            shutil.rmtree(place, ignore_errors=True)  # Windows does not let go of what is open

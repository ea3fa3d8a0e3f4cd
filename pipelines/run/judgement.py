"""What a visit's text is, by what the index knows and the run has recorded: new, a revision, as it was, or a copy."""

import re
from collections import ChainMap
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar
from urllib.parse import urlsplit

from pipelines.archive.rows import published_month
from pipelines.article import SURE, Article, Reason, Rejection, Verdict
from pipelines.date_strength import Dating, stands
from pipelines.index.comparison import Kind, Wording, likeness
from pipelines.index.database import Index
from pipelines.index.fingerprints import article_id, headline_key, is_text, text_sha256, wording
from pipelines.index.records import Match, Status, TextFingerprint, UrlRecord, in_words
from pipelines.run.known_addresses import KnownAddresses
from pipelines.visit import Outcome, Visit

T = TypeVar("T")

FROM_SOURCE = "feed"
"""What an article's `sources` say of what its page leaves open and the source that announced it states."""


@dataclass(frozen=True, slots=True)
class KnownText:
    """The text that an article has, as a fingerprint, its URL, and whether it is in the corpus (else: a copy).

    `text` is its SHA-256, or what the index has kept of it; `headline` is None where it has kept the key alone.
    `published_at`, `precision` and `quality` (see `in_words`) are None where the index does not say, `verdict` where no
    operator has given one on the text.
    """

    url: str
    text: str
    headline: str | None
    headline_key: str
    month: str
    revision: int
    in_corpus: bool
    published_at: datetime | None = None
    precision: str | None = None
    quality: str | None = None
    verdict: str | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was found out of a text, and is to be recorded: the article's id as `identity`, its text `before` and
    `after` this look, the `match` that it repeats, and the `fingerprint` that was claimed for it where it is no copy.
    `replaced_copy` is the id under which an article that has moved was taken for a copy of itself.

    Of a visit that ends as unchanged, that the text is as it was and its row is to be brought up to date.
    """

    identity: str
    before: KnownText | None
    after: KnownText
    fingerprint: TextFingerprint | None
    match: Match | None
    replaced_copy: str | None = None


class Judge:
    """Judges the visits of one run, by what `index` knows and by what was judged and recorded before in the run.

    `addresses` are those of the page under way, as the index knows them.
    `site` and `run_id` are the run's: new texts are claimed for them, or, with `claims` false, for nobody.
    `near_duplicate_days` is how far apart in publication two texts may lie and still be near copies.
    """

    def __init__(
        self,
        index: Index,
        addresses: KnownAddresses,
        *,
        site: str,
        run_id: str,
        near_duplicate_days: int,
        claims: bool,
    ) -> None:
        self._index = index
        self._addresses = addresses
        self._site = site
        self._run_id = run_id
        self._near_duplicate_days = near_duplicate_days
        self._claims = claims
        self._known = ChainMap[str, KnownText]({}, {})
        self._moved = ChainMap[str, str]({}, {})

    def judge(self, visit: Visit) -> Judgement | None:
        """End a visit that brought pages: by what the index knows of its URL, and of its text at other URLs. One to an
        archived article whose page is gone ends as gone, the first time.

        Returns what is to be recorded of a text that is new or changed, or whose date or quality is; None for every
        other visit.

        Sets outcome, and of a duplicate `duplicate_of` (URL of the original) and `similarity`. A new text is claimed
        for this run, so that a run of another site that brings the same text at the same time has the copy. A visit
        that has ended otherwise already is left alone.

        Raises ValueError for a visit with neither an outcome, nor a cleaned page, nor pages that did not change.
        """
        seen = self._addresses.one(visit.url)
        if visit.outcome is Outcome.HTTP_ERROR and _takes_away(visit, seen):
            visit.end_as_gone(is_news=seen is not None and seen.gone_at is None)
        if visit.outcome is not None:
            return None
        unchanged = _is_unchanged(visit)
        visit.was_refused = seen is not None and seen.status is Status.REJECTED
        if isinstance(visit.cleaned, Article):
            visit.cleaned = _by_verdict(visit.cleaned, seen, unchanged=unchanged)
        if isinstance(visit.cleaned, Rejection):
            if unchanged and seen and seen.status is Status.REJECTED:
                visit.end(Outcome.UNCHANGED)
            else:
                visit.end(Outcome.REJECTED, visit.cleaned.detail)
        elif isinstance(visit.cleaned, Article):
            return self._judge_text(visit, visit.cleaned, seen)
        elif unchanged:
            visit.end(Outcome.UNCHANGED)
        else:
            raise ValueError(f"{visit.url} has neither a text nor an outcome")
        return None

    def _judge_text(self, visit: Visit, article: Article, seen: UrlRecord | None) -> Judgement | None:
        text, headline = text_sha256(article.body), article.headline
        in_corpus_here = seen is not None and seen.status is Status.ARCHIVED and _known_text(seen)
        former = None if in_corpus_here else self._former(visit, article)
        known = former or seen
        identity = self._moved.get(visit.url) or (known.article_id if known else article_id(visit.url))
        before = self._known.get(identity) or self._before(known)
        key = headline_key(headline)
        if article.sources.get("headline") == FROM_SOURCE and before:
            key = before.headline_key  # the page says nothing of it, so that it cannot have changed there
        published_at, precision = _strongest_date(article, before)
        after = KnownText(
            visit.url,
            text,
            headline,
            key,
            published_month(published_at),
            revision=1,
            in_corpus=True,
            published_at=published_at,
            precision=precision,
            quality=in_words(article.quality, article.quality_reasons),
            verdict=known.verdict if known and _is_on(known, text, unchanged=_is_unchanged(visit)) else None,
        )
        if before and _is_same_text(before, after):
            return self._judge_same_text(visit, article, identity, before, after)
        fingerprint = self._fingerprint(visit, article, identity, published_at)
        look_up = self._index.match_or_claim if self._claims else self._index.match
        match = look_up(fingerprint, timedelta(days=self._near_duplicate_days))
        if match and not before and (renamed := self._renamed(visit, match)):
            return self._judge_text(visit, article, renamed)
        if before and before.in_corpus:
            # An article of the corpus stays one, even where its new text comes to repeat another's.
            visit.end(Outcome.REVISED, "" if before.url == visit.url else f"it has moved from {before.url}")
        elif match and not match.adds:
            visit.duplicate_of, visit.similarity = match.url, match.similarity
            visit.end(Outcome.DUPLICATE, f"{match.kind} copy of {match.url}")
        else:
            visit.end(Outcome.ARCHIVED)
        in_corpus = visit.outcome is not Outcome.DUPLICATE
        earlier = before or known
        revision = (earlier.revision if earlier else 0) + 1
        was_copy_of_itself = former and seen and seen.status is Status.DUPLICATE and seen.article_id != identity
        return Judgement(
            identity,
            before,
            replace(after, headline_key=headline_key(article.headline), revision=revision, in_corpus=in_corpus),
            fingerprint if in_corpus else None,
            match,
            seen.article_id if seen and was_copy_of_itself else None,
        )

    def _judge_same_text(
        self, visit: Visit, article: Article, identity: str, before: KnownText, after: KnownText
    ) -> Judgement | None:
        """End a visit that found the text that is known. Its row is brought up to date where a better date has come to
        light, or its quality is another, and the headline of the row is still known: another spelling would be a
        revision.
        """
        visit.end(Outcome.UNCHANGED)
        is_same = (before.precision, before.quality) == (after.precision, after.quality)
        if not before.in_corpus or is_same or before.headline is None:
            return None
        visit.cleaned = replace(article, headline=before.headline)
        fingerprint = self._fingerprint(visit, article, identity, after.published_at or article.date_published)
        return Judgement(
            identity, before, replace(after, headline=before.headline, revision=before.revision), fingerprint, None
        )

    def _fingerprint(self, visit: Visit, article: Article, identity: str, published_at: datetime) -> TextFingerprint:
        """The text's fingerprint. The claim to it is the run's, under the run's site: a run over foreign WARCs brings
        pages of many sites.
        """
        return TextFingerprint.from_body(
            visit.url,
            site=self._site,
            run=self._run_id,
            body=article.body,
            published_at=published_at,
            identity=identity,
        )

    def _before(self, seen: UrlRecord | None) -> KnownText | None:
        known = _known_text(seen)
        if seen is None or known is None or not known.in_corpus:
            return known
        return replace(known, published_at=self._index.published_at(seen.article_id))

    def _renamed(self, visit: Visit, match: Match) -> UrlRecord | None:
        """The article that a text repeats, if it is the same one under a new name: its site's, with the same number in
        its address.
        """
        known = self._addresses.one(match.url)
        if known is None or known.status is not Status.ARCHIVED or known.site != visit.site or not _known_text(known):
            return None
        return known if article_numbers(known.url) & article_numbers(visit.url) else None

    def _former(self, visit: Visit, article: Article) -> UrlRecord | None:
        """The article that the index knows by the address that led to this one, if it is the same that has moved: of
        the same text, or nearly so, or of the same headline, or with the same number in its address. Else what is there
        now is another article, and the known one has gone.
        """
        if visit.announcement.url == visit.url:
            return None
        former = self._addresses.one(visit.announcement.url)
        if former is None or former.headline_key is None or former.text_sha256 is None:
            return None
        if headline_key(article.headline) == former.headline_key or is_text(
            former.text_sha256, text_sha256(article.body)
        ):
            return former
        if article_numbers(former.url) & article_numbers(visit.url):
            return former
        text, own = self._index.text(former.article_id), wording(article.body)
        if text is None or text.wording is None or own is None:
            return None
        like = likeness(Wording.read(own), Wording.read(text.wording))
        return former if like and like.kind is Kind.NEAR else None

    def remember(self, url: str, judgement: Judgement) -> None:
        """Judge further visits by a judgement of the page at `url`, once that has been recorded."""
        self._known[judgement.identity] = judgement.after
        if judgement.identity != article_id(url):
            self._moved[url] = judgement.identity

    def end_batch(self, *, is_first_waiting: bool) -> None:
        """A batch of what was recorded ends. What was recorded before it is forgotten where it is the first that waits
        for its delivery: the index has all of that.
        """
        self._known = _after_batch(self._known, is_first_waiting=is_first_waiting)
        self._moved = _after_batch(self._moved, is_first_waiting=is_first_waiting)


def _after_batch(recorded: ChainMap[str, T], *, is_first_waiting: bool) -> ChainMap[str, T]:
    of_batch, before = recorded.maps
    return ChainMap({}, of_batch if is_first_waiting else {**before, **of_batch})


def article_numbers(url: str) -> frozenset[str]:
    """The numbers in the path of an address that may be its article's own: of five digits or more, and not a day."""
    numbers = re.findall(r"\d{5,}", urlsplit(url).path)
    return frozenset(number for number in numbers if not re.match(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])[0-3]\d", number))


def _takes_away(visit: Visit, seen: UrlRecord | None) -> bool:
    """Whether a visit found the page of an archived article gone, later than it was last seen."""
    if seen is None or seen.status is not Status.ARCHIVED or not visit.is_page_gone:
        return False
    return visit.pages[0].capture.fetched_at > seen.last_fetched_at


def _known_text(seen: UrlRecord | None) -> KnownText | None:
    if seen is None or seen.text_sha256 is None or seen.headline_key is None or seen.published_month is None:
        return None
    return KnownText(
        seen.url,
        seen.text_sha256,
        seen.headline,
        seen.headline_key,
        seen.published_month,
        seen.revision,
        seen.status is Status.ARCHIVED,
        precision=seen.date_precision,
        quality=seen.quality,
    )


def _is_unchanged(visit: Visit) -> bool:
    return bool(visit.pages) and all(page.capture.unchanged for page in visit.pages)


def _is_on(seen: UrlRecord, text: str, *, unchanged: bool) -> bool:
    """Whether a verdict that is known is on a text: it is the same one, or other rules' of the same page."""
    return unchanged or is_text(seen.text_sha256, text)


def _by_verdict(article: Article, seen: UrlRecord | None, *, unchanged: bool) -> Article | Rejection:
    """The article as an operator's verdict has it."""
    if seen is None or seen.verdict is None or not _is_on(seen, text_sha256(article.body), unchanged=unchanged):
        return article
    if seen.verdict == Verdict.NOT_ARTICLE:
        return Rejection(Reason.NOT_ARTICLE, "no article by an operator's verdict on this text")
    return replace(article, quality=SURE, quality_reasons=())


def _is_same_text(before: KnownText, after: KnownText) -> bool:
    return (before.url, before.headline_key) == (after.url, after.headline_key) and is_text(before.text, after.text)


def _strongest_date(article: Article, before: KnownText | None) -> tuple[datetime, str]:
    """The date of publication that an article has after a look that found `article`, with its precision."""
    found = Dating(article.date_published, article.date_precision, article.sources.get("date_published"))
    if before and before.published_at:
        known = Dating(before.published_at, before.precision)
        if stands(known, found):
            return known.at, known.precision
    return found.at, found.precision

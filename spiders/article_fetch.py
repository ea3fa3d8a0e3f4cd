"""Taking one article: its one-page form or all its pages, its rights, its canonical address.

The one road for crawls, ingestion, examinations and drafts of sites; what a spider does with what comes out is its own.
"""

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from functools import partial

from pipelines.visit import GONE_STATUSES, Outcome
from spiders.answer import Answer
from spiders.download_errors import reason
from spiders.fetch import Fetch
from spiders.page_reading import PageReading, ReadPage
from spiders.pagination import MAX_PAGES, Certainty, NextPage, is_further_page, next_page
from spiders.permission import why_excluded
from spiders.politeness import RobotsDenied
from spiders.replay import NotCaptured
from spiders.site import Site
from spiders.tdm_file import TdmFiles
from spiders.unknown_parameters import UnknownParameters

MAX_WRONG_GUESSES = 2
"""Links of a site that called another page the next one, in one run: further ones are then not tried. Two, as one may
be an odd article's."""


@dataclass(slots=True)
class FetchedArticle:
    """An article as it was taken.

    `url` is its canonical address, `answers` are its pages in order, `pages_missing` counts those that could not be
    fetched, `rights` are what it states. `outcome` and `detail` say why it was not taken, None where it was. `asked`
    are the URLs that were asked for, in order.
    """

    url: str
    answers: list[Answer] = field(default_factory=list)
    pages_missing: int = 0
    rights: tuple[str, ...] = ()
    refused_rights: tuple[str, ...] = ()
    outcome: Outcome | None = None
    detail: str = ""
    asked: list[str] = field(default_factory=list)

    def end(self, outcome: Outcome, detail: str) -> "FetchedArticle":
        self.outcome, self.detail = outcome, detail
        return self


class ArticleFetch:
    """Takes the articles of one run.

    `fetch` gets what follows an article's first answer, `read` reads a page. `warn` is told of pages that are missing.
    `looked_at` are the articles that the run has looked at, by canonical URL: what turns out to be one of them is not
    taken again. An article of more than `max_bytes` is cut. `tdm_files` are what the sites' files reserve;
    `known_headline` gives the headline that the archive has of a URL, `why_kept_out` why no article of that URL is
    taken.
    """

    def __init__(
        self,
        fetch: Fetch,
        read: ReadPage,
        warn: Callable[[str], None],
        max_bytes: int,
        tdm_files: TdmFiles,
        known_headline: Callable[[str], str | None] = lambda _: None,
        why_kept_out: Callable[[str], str | None] = why_excluded,
    ) -> None:
        self.looked_at: set[str] = set()
        self.parameters = UnknownParameters(read, known_headline, warn)
        self._fetch = fetch
        self._read_page = read
        self._warn = warn
        self._max_bytes = max_bytes
        self._tdm_files = tdm_files
        self._why_kept_out = why_kept_out
        self._sites_with_whole_one_page: set[str] = set()
        self._wrong_guesses: Counter[str] = Counter()

    async def fetch(self, site: Site, url: str) -> FetchedArticle:
        """The article at the canonical address `url`. Raises what `fetch` raises."""
        first_url = first_address(site, url)
        try:
            first = await self._fetch(first_url, is_article=True)
        except Exception as error:  # noqa: BLE001 - raised again where nothing else can be tried
            return await self.take_after(site, url, first_url, error)
        return await self.take(site, url, first)

    async def take_after(self, site: Site, url: str, asked: str, error: Exception) -> FetchedArticle:
        """The article at `url`, whose first address `asked` could not be fetched: by its plain address if only the
        one-page form is barred, or is not among the captures that answer in place of the web.

        Raises `error` otherwise.
        """
        if asked == url or not isinstance(error, RobotsDenied | NotCaptured):
            raise error
        article = await self.take(site, url, await self._fetch(url, is_article=True))
        article.asked.insert(0, asked)
        return article

    async def take(self, site: Site, url: str, first: Answer, former: str | None = None) -> FetchedArticle:
        """The article at `url`, from the answer to its first address, and from the other pages that this leads to.
        Where there is nothing at `url`, `former` is the address in another form, in case that this is its own.
        """
        article = FetchedArticle(url, asked=[first.asked])
        if first.status == 304:
            article.answers.append(first)
            return article.end(Outcome.UNCHANGED, "the server answers that it has not changed")
        if first.status != 200 and first.asked != url:
            first = await self._next(article, url, first)
        own = await self._at_former(article, former, first) if first.status in GONE_STATUSES and former else None
        first = own or first
        if (ended := self._ended_by(article, site, first)) is not None:
            return ended
        reading = await self._read(first, site)
        if reading.canonical and is_further_page(first.url, reading.canonical):
            first = await self._next(article, reading.canonical, first)
            if (ended := self._ended_by(article, site, first)) is not None:
                return ended
            reading = await self._read(first, site)
        if _reserves_itself(article, site, reading):
            return article
        canonical = own.url if own else await self._identity(article, site, first, reading)
        article.url = canonical
        if reason := self._why_kept_out(canonical):
            return article.end(Outcome.RIGHTS, reason)
        if canonical != url and canonical in self.looked_at:
            detail = f"{first.asked} is {canonical}, which this run has looked at already"
            return article.end(Outcome.UNCHANGED, detail)
        self.looked_at.add(canonical)
        self.parameters.remember(canonical, reading)
        await self._take_pages(article, site, first, reading)
        return article

    async def _at_former(self, article: FetchedArticle, former: str, first: Answer) -> Answer | None:
        """The page at an article's other address, None where there is none or it is elsewhere."""
        if former in article.asked:
            return None
        answer = await self._next(article, former, first)
        return answer if answer.status == 200 and answer.url == former else None

    async def _identity(self, article: FetchedArticle, site: Site, first: Answer, reading: PageReading) -> str:
        """The URL of the article whose first page is at hand: the one that it states if that can be believed, else that
        of its address; with the parameters that tell articles apart, should it turn out that they do.
        """
        address = site.urls.read(first.url)
        canonical = reading.canonical or site.urls.article(first.url) or article.url
        stated = site.urls.with_unknown(address) if address else None
        if address is None or stated is None or canonical != address.canonical:
            return canonical
        fetch = partial(self._next, article, first=first)
        return stated if await self.parameters.tell_apart(site, stated, first, reading, fetch) else canonical

    def _ended_by(self, article: FetchedArticle, site: Site, answer: Answer) -> FetchedArticle | None:
        """The article, ended by an answer that is not a page of the site; None where it is one."""
        if site.urls.canonical(answer.url) is None:
            return article.end(Outcome.OFF_SITE, f"it redirects to {answer.url}")
        if answer.status != 200:
            article.answers.append(answer)
            return article.end(Outcome.HTTP_ERROR, f"HTTP {answer.status}")
        return None

    async def _take_pages(self, article: FetchedArticle, site: Site, first: Answer, reading: PageReading) -> None:
        """Take the one-page form if `first` is one and shows the whole article, else each page after the other.

        A one-page form is taken for whole unless it links to a next page. If it does, that page tells: where its
        longest paragraph stands in the one-page form as well, the link is a remnant, there and in the rest of the run.
        """
        plain = site.urls.canonical(first.url) or first.url
        is_one_page = first.url == site.pagination.one_page_url(plain)
        following = self._following(site, reading, first.url, 1, {first.url})
        if not following or (is_one_page and site.name in self._sites_with_whole_one_page):
            article.answers.append(first)
            return
        if is_one_page:
            further = await self._further_page(article, site, following, first, reading)
            if further and reading.shows_all_of(await self._read(further[0], site, with_text=True)):
                self._sites_with_whole_one_page.add(site.name)
                article.answers.append(first)
                return
            plain_form = await self._plain_form(article, site, plain, first)
            if plain_form is None:
                article.answers.append(first)
                return
            article.pages_missing = 0
            first, reading = plain_form, await self._read(plain_form, site)
            if _reserves_itself(article, site, reading):
                return
        await self._stitch(article, site, first, reading)

    async def _plain_form(self, article: FetchedArticle, site: Site, plain: str, first: Answer) -> Answer | None:
        """The article at its plain address, in place of a one-page form that does not show all of it."""
        certain = NextPage(plain, Certainty.CERTAIN)
        found = await self._further_page(article, site, certain, first, None)
        return found[0] if found else None

    async def _stitch(self, article: FetchedArticle, site: Site, first: Answer, reading: PageReading) -> None:
        article.answers.append(first)
        of_first, taken = reading, {first.url}
        while following := self._following(site, reading, first.url, len(article.answers), taken):
            size = sum(len(answer.body) for answer in article.answers)
            if len(article.answers) == MAX_PAGES or size > self._max_bytes:
                article.pages_missing += 1
                self._warn(f"{article.url} goes on after {len(article.answers)} pages ({size:,} bytes): cut there")
                return
            further = await self._further_page(article, site, following, first, of_first)
            if further is None:
                return
            answer, reading = further
            if _reserves_itself(article, site, reading):
                return
            if answer.url in taken or any(answer.body == other.body for other in article.answers):
                return  # a page that has been taken, by another address
            taken |= {following.url, answer.url}
            article.answers.append(answer)

    def _following(
        self, site: Site, reading: PageReading, first: str, number: int, taken: Collection[str]
    ) -> NextPage | None:
        """What follows page `number`. Where guesses have led to other pages more than once, none is made any more."""
        following = next_page(reading.links, first, number, taken, site.urls)
        is_guess = following is not None and following.certainty is Certainty.GUESS
        return None if is_guess and self._wrong_guesses[site.name] >= MAX_WRONG_GUESSES else following

    async def _further_page(
        self, article: FetchedArticle, site: Site, page: NextPage, first: Answer, of_first: PageReading | None
    ) -> tuple[Answer, PageReading] | None:
        """Another page of the same article, and what it says. None where it turns out to be none of it, and where it
        could not be fetched, which is counted and warned of.
        """
        plain = site.urls.canonical(first.url)
        try:
            answer = await self._next(article, page.url, first)
        except Exception as error:  # noqa: BLE001 - a page that is missing does not cost the others
            trouble = reason(error)
        else:
            at = site.urls.canonical(answer.url)
            is_certain = at == plain or (page.certainty is Certainty.CERTAIN and at == site.urls.canonical(page.url))
            if answer.status == 200 and at and (is_certain or page.certainty < Certainty.CERTAIN):
                reading = await self._read(answer, site)
                if is_certain or of_first is None or _belongs(reading, of_first, plain, page.certainty):
                    return answer, reading
                self._wrong_guesses[site.name] += 1
                if site.pagination.next_page:
                    self._warn(f"next_page of {site.name} leads from {article.url} to another article, {answer.url}")
                return None
            trouble = f"it answers with HTTP {answer.status} at {answer.url}"
        article.pages_missing += 1
        self._warn(f"a page of {article.url} is missing, {page.url}: {trouble}")
        return None

    async def _read(self, answer: Answer, site: Site, *, with_text: bool = False) -> PageReading:
        await self._tdm_files.load(answer.url)
        is_reserved = self._tdm_files.reserves(answer.url)
        return await self._read_page(replace(answer, is_mining_reserved=is_reserved), site, with_text=with_text)

    async def _next(self, article: FetchedArticle, url: str, first: Answer) -> Answer:
        article.asked.append(url)
        return await self._fetch(url, captured_at=first.captured_at, is_article=True)


def _reserves_itself(article: FetchedArticle, site: Site, reading: PageReading) -> bool:
    """Whether a page of the article states what keeps it, and with it the whole article, from being taken."""
    article.rights = tuple(dict.fromkeys((*article.rights, *reading.rights)))
    article.refused_rights = tuple(right for right in reading.rights if right in site.refuse_rights)
    if article.refused_rights:
        article.answers.clear()
        article.end(Outcome.RIGHTS, f"the page states {', '.join(article.refused_rights)}")
    return bool(article.refused_rights)


def _belongs(reading: PageReading, first: PageReading, plain: str | None, certainty: Certainty) -> bool:
    """Whether a page at an address of its own is one of the article whose first page says `first`: it names the
    article's address as its own, or is called the same, or, where the address is like enough, does not say anything.
    """
    if reading.canonical == plain or reading.headline.equals(first.headline):
        return True
    return certainty is Certainty.LIKELY and not (reading.headline and first.headline)


def first_address(site: Site, url: str) -> str:
    """The address that is asked for first for the article `url`: its one-page form where the site has one."""
    return site.pagination.one_page_url(url) or url

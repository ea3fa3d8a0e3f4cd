"""The search index: it follows the table `articles`, is published whole or not at all, and finds what is there now."""

import json
import tarfile
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from deltalake import DeltaTable

from pipelines.archive.bucket import Bucket
from pipelines.archive.search.ask import search
from pipelines.archive.search.build import Built, build, withdraw
from pipelines.archive.search.publication import OvertakenBuild, published_index
from pipelines.archive.table_location import storage_options, table_uri
from pipelines.archive.tables import Corpus
from pipelines.index.fingerprints import article_id
from reader.kliping_reader.fulltext.index import Results, Wanted
from reader.kliping_reader.fulltext.local_copy import copy
from reader.kliping_reader.fulltext.published import NoSearchIndex, SearchError, list_key
from settings.storage import Storage
from tests.archive.invented import NOON, WIB, finish, look_at, open_run, run_program, text

NOW = datetime(2026, 11, 25, tzinfo=UTC)
HOME = "http://kabarteknik.example"
OLD = datetime(2026, 9, 3, 8, tzinfo=WIB)

Search = Callable[..., Results]


def add(storage: Storage, name: str, body: str, site: str = "kabarteknik", **fields: object) -> str:
    """Crawl an article; its id."""
    run = open_run(storage, site)
    url = f"http://{site}.example/{name}"
    look_at(run, url, body, **fields)  # type: ignore[arg-type]
    finish(run)
    return article_id(url)


def delete(storage: Storage, identity: str) -> None:
    table = DeltaTable(table_uri(storage, "articles"), storage_options=storage_options(storage))
    table.delete(f"article_id = '{identity}'")


def keys(storage: Storage) -> set[str]:
    return set(Bucket(storage).list("search/"))


@pytest.fixture
def filled(storage: Storage) -> Storage:
    """Four articles of two sites: one of September, three of this month, one of them of the day before."""
    run = open_run(storage)
    look_at(run, f"{HOME}/mobil", f"Baterai mobil listrik diluncurkan. {text(1)}", headline="Mobil listrik")
    look_at(run, f"{HOME}/ponsel", f"Ponsel ini murah. {text(2, 12)} Baterainya tahan lama.", headline="Ponsel murah")
    look_at(run, f"{HOME}/lama", f"Satelit diluncurkan tahun ini. {text(3)}", date_published=OLD, headline="Satelit")
    finish(run)
    yesterday = datetime(2026, 11, 23, 10, tzinfo=WIB)
    add(storage, "baterai", text(4), "nusakata", headline="Baterai, baterai dan baterai", date_published=yesterday)
    return storage


@pytest.fixture
def index(filled: Storage) -> Built:
    return build(Corpus(filled), NOW)


@pytest.fixture
def find(filled: Storage) -> Search:
    def found(query: str, **wanted: object) -> Results:
        return search(Corpus(filled), filled.search_copy, Wanted(query, **wanted))  # type: ignore[arg-type]

    return found


def slugs(found: Results) -> list[str]:
    return [hit.url.rsplit("/", 1)[-1] for hit in found.hits]


class TestFinding:
    @pytest.mark.usefixtures("index")
    def test_words_are_found_in_whatever_form_those_of_headlines_and_short_texts_first(self, find: Search) -> None:
        found = find("baterai")
        assert slugs(found) == ["baterai", "ponsel", "mobil"]
        assert found.count == 3
        assert found.notice is None
        [_, second, _] = found.hits
        assert (second.rank, second.site, second.day) == (2, "kabarteknik", date(2026, 11, 24))
        assert second.headline.with_marks("[", "]") == "Ponsel murah"
        assert second.snippet.with_marks("[", "]").endswith(" [Baterainya] tahan lama.")
        assert slugs(find("peluncuran satelit")) == ["lama"]

    @pytest.mark.usefixtures("index")
    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("baterai ponsel", {"ponsel"}),
            ("baterai -mobil", {"baterai", "ponsel"}),
            ("satelit OR ponsel", {"lama", "ponsel"}),
            ('"tahan lama"', {"ponsel"}),
            ('"lama tahan"', set()),
            ('diluncurkan -"mobil listrik"', {"lama"}),
            ("gajah", set()),
        ],
    )
    def test_all_words_are_there_in_what_is_found(self, find: Search, query: str, found: set[str]) -> None:
        assert set(slugs(find(query))) == found

    @pytest.mark.usefixtures("index")
    def test_sites_and_days_of_jakarta_narrow_a_search_down(self, find: Search) -> None:
        assert slugs(find("baterai", sites=["nusakata"])) == ["baterai"]
        assert slugs(find("baterai", sites=["nusakata", "kabarteknik"], limit=1)) == ["baterai"]
        assert set(slugs(find("diluncurkan OR baterai", last_day=date(2026, 9, 3)))) == {"lama"}
        assert set(slugs(find("baterai", first_day=date(2026, 11, 24)))) == {"mobil", "ponsel"}
        assert slugs(find("baterai", first_day=date(2026, 11, 23), last_day=date(2026, 11, 23))) == ["baterai"]

    @pytest.mark.usefixtures("index")
    def test_the_newest_come_first_where_that_is_wanted(self, find: Search) -> None:
        assert slugs(find("diluncurkan", newest_first=True)) == ["mobil", "lama"]

    @pytest.mark.usefixtures("index")
    @pytest.mark.parametrize(
        ("wanted", "why"),
        [
            ({"sites": ["nusakta"]}, "no articles of a site 'nusakta': did you mean nusakata"),
            ({"sites": ["x"]}, "no articles of a site 'x'; it has kabarteknik, nusakata"),
            ({"limit": 0}, "between 1 and 1,000 articles"),
            ({"first_day": date(2026, 11, 2), "last_day": date(2026, 11, 1)}, "is before the first"),
        ],
    )
    def test_what_cannot_be_searched_for_is_said(self, find: Search, wanted: dict[str, object], why: str) -> None:
        with pytest.raises(SearchError, match=why):
            find("baterai", **wanted)

    def test_a_search_before_there_is_an_index_says_how_to_make_one(self, find: Search) -> None:
        with pytest.raises(NoSearchIndex, match="there is no search index yet: the DAG search_index, or `kliping"):
            find("baterai")


class TestFollowingTheTable:
    @pytest.mark.usefixtures("index")
    def test_a_new_article_is_found_after_the_next_build_and_until_then_the_search_says_so(
        self, filled: Storage, find: Search
    ) -> None:
        add(filled, "baru", f"Baterai garam. {text(7)}", headline="Baterai garam")
        before = find("garam")
        assert before.count == 0
        assert before.notice
        assert "older than the table" in before.notice
        built = build(Corpus(filled), NOW)
        assert (built.made, built.made_articles) == (1, 3)  # those of its day
        after = find("garam")
        assert slugs(after) == ["baru"]
        assert after.notice is None

    def test_a_build_makes_anew_only_the_pieces_whose_articles_changed(self, filled: Storage, index: Built) -> None:
        assert [piece.name for piece in index.index.pieces] == ["2026-09", "2026-11-23", "2026-11-24"]
        assert index.made == 3
        assert build(Corpus(filled), NOW) == Built(index.index, 0, 0)
        add(filled, "lain", text(8), "nusakata", date_published=datetime(2026, 9, 30, tzinfo=WIB))
        again = build(Corpus(filled), NOW)
        assert (again.made, again.made_articles) == (1, 2)
        assert again.index.pieces[1:] == index.index.pieces[1:]
        DeltaTable(table_uri(filled, "articles"), storage_options=storage_options(filled)).optimize.compact()
        assert build(Corpus(filled), NOW).made == 0

    @pytest.mark.usefixtures("index")
    def test_a_revision_takes_the_place_of_what_was_there(self, filled: Storage, find: Search) -> None:
        add(filled, "mobil", f"Baterai mobil ditarik. {text(1)}", headline="Mobil", at=NOON + timedelta(days=1))
        build(Corpus(filled), NOW)
        assert slugs(find("ditarik")) == ["mobil"]
        assert slugs(find("diluncurkan")) == ["lama"]
        assert find("baterai").count == 3

    @pytest.mark.usefixtures("index")
    def test_an_article_that_left_the_table_leaves_the_search_at_once_and_the_index_with_the_next_build(
        self, filled: Storage, find: Search
    ) -> None:
        delete(filled, article_id(f"{HOME}/lama"))
        assert slugs(find("satelit")) == []
        assert build(Corpus(filled), NOW).index.articles == 3
        assert find("satelit").count == 0

    def test_a_month_becomes_one_piece_when_it_has_become_quiet(self, filled: Storage, index: Built) -> None:
        later = build(Corpus(filled), datetime(2026, 12, 8, tzinfo=UTC))
        assert [piece.name for piece in later.index.pieces] == ["2026-09", "2026-11"]
        assert (later.made, later.index.articles) == (1, index.index.articles)

    def test_pieces_stay_where_the_version_that_they_were_made_from_has_expired(
        self, filled: Storage, index: Built
    ) -> None:
        for number in range(5):
            add(filled, f"baru{number}", text(10 + number))
        bucket = Bucket(filled)
        logs = [key for key in bucket.list("tables/articles/_delta_log/") if key.endswith(".json")]
        [checkpoint, *_] = (key for key in bucket.list("tables/articles/_delta_log/") if ".checkpoint." in key)
        assert f"{index.index.articles_version:020}" < checkpoint.rsplit("/", 1)[-1]
        for key in logs:
            if key.rsplit("/", 1)[-1][:20] < checkpoint.rsplit("/", 1)[-1][:20]:
                bucket.remove(key)
        built = build(Corpus(filled), NOW)
        assert (built.made, built.index.articles) == (1, 9)
        assert built.index.pieces[:2] == index.index.pieces[:2]

    def test_pieces_stay_where_a_table_was_restored_that_is_older_than_they_are(
        self, filled: Storage, index: Built
    ) -> None:
        newer = json.loads(Bucket(filled).get(index.index.key)) | {"articles_version": 999}
        Bucket(filled).replace(index.index.key, json.dumps(newer).encode(), "application/json")
        delete(filled, article_id(f"{HOME}/lama"))
        built = build(Corpus(filled), NOW)
        assert (built.made, built.index.articles) == (0, 3)

    def test_an_index_of_another_analysis_is_not_asked_and_is_made_anew(
        self, filled: Storage, index: Built, find: Search
    ) -> None:
        other = json.loads(Bucket(filled).get(index.index.key)) | {"analysis": "0" * 16}
        Bucket(filled).replace(index.index.key, json.dumps(other).encode(), "application/json")
        with pytest.raises(SearchError, match="was made by another version of Kliping"):
            find("baterai")
        assert build(Corpus(filled), NOW).made == 3
        assert find("baterai").count == 3

    def test_a_list_of_another_format_is_replaced(self, filled: Storage, find: Search) -> None:
        Bucket(filled).replace(list_key(7), b'{"format": 99}', "application/json")
        with pytest.raises(SearchError, match="is of another version of Kliping"):
            find("baterai")
        assert build(Corpus(filled), NOW).index.number == 8
        assert find("baterai").count == 3
        assert list_key(7) not in keys(filled)


class Killed(BaseException):
    """What ends a build at a step."""


class TestPublication:
    @pytest.mark.parametrize("step", range(6))
    def test_a_build_that_is_killed_leaves_an_index_that_is_whole(
        self, filled: Storage, index: Built, find: Search, step: int
    ) -> None:
        add(filled, "baru", f"Baterai garam. {text(7)}", headline="Baterai garam")
        add(filled, "kuno", text(9), headline="Baterai kuno", date_published=OLD)
        steps: list[str] = []

        def checkpoint(name: str) -> None:
            steps.append(name)
            if len(steps) > step:
                raise Killed

        with pytest.raises(Killed):
            build(Corpus(filled), NOW, checkpoint=checkpoint)
        published = published_index(Bucket(filled))
        assert published
        is_published = "list" in steps
        assert published.number == index.index.number + is_published
        assert {piece.key for piece in published.pieces} <= keys(filled)
        assert find("baterai").count == 3 + 2 * is_published
        build(Corpus(filled), NOW)
        assert find("baterai").count == 5
        assert keys(filled) == {piece.key for piece in build(Corpus(filled), NOW).index.pieces} | {
            list_key(index.index.number + 1)
        }

    @pytest.mark.usefixtures("index")
    def test_of_two_builds_the_slower_one_publishes_nothing(self, filled: Storage, find: Search) -> None:
        add(filled, "baru", f"Baterai garam. {text(7)}", headline="Baterai garam")

        def checkpoint(name: str) -> None:
            if name.startswith("piece"):
                build(Corpus(filled), NOW)

        with pytest.raises(OvertakenBuild, match="another process has published"):
            build(Corpus(filled), NOW, checkpoint=checkpoint)
        assert slugs(find("garam")) == ["baru"]
        published = published_index(Bucket(filled))
        assert published
        assert keys(filled) == {published.key, *(piece.key for piece in published.pieces)}

    def test_a_piece_has_no_text(self, filled: Storage, index: Built, tmp_path: Path) -> None:
        for piece in index.index.pieces:
            path = tmp_path / "piece.tar"
            Bucket(filled).download(piece.key, path)
            with tarfile.open(path) as tar:
                tar.extractall(tmp_path / "files", filter="data")
        files = b"".join(file.read_bytes() for file in (tmp_path / "files").iterdir())
        assert b"kabarteknik" in files
        assert b"mobil listrik" not in files
        assert b"Mobil listrik" not in files

    def test_withdrawn_articles_are_gone_with_the_pieces_that_had_them(
        self, filled: Storage, index: Built, find: Search
    ) -> None:
        gone = index.index.pieces[2].key
        built = withdraw(Corpus(filled), [article_id(f"{HOME}/mobil")], NOW)
        assert built
        assert built.index.articles == 3
        assert gone not in keys(filled)
        assert built.index.pieces[:2] == index.index.pieces[:2]
        assert set(slugs(find("baterai"))) == {"ponsel", "baterai"}

    def test_to_withdraw_what_is_not_indexed_changes_nothing(self, filled: Storage, index: Built) -> None:
        before = keys(filled)
        assert withdraw(Corpus(filled), ["0" * 32], NOW) == Built(index.index, 0, 0)
        assert keys(filled) == before

    def test_without_an_index_there_is_nothing_to_withdraw(self, filled: Storage) -> None:
        assert withdraw(Corpus(filled), ["0" * 32], NOW) is None

    def test_what_another_version_has_published_is_made_anew_without_the_withdrawn(
        self, filled: Storage, index: Built, find: Search
    ) -> None:
        Bucket(filled).replace(index.index.key, b'{"format": 99}', "application/json")
        withdraw(Corpus(filled), [article_id(f"{HOME}/lama")], NOW)
        assert find("satelit").count == 0
        assert not {piece.key for piece in index.index.pieces} & keys(filled)

    def test_all_articles_can_be_withdrawn(self, filled: Storage, index: Built, find: Search) -> None:
        everything = [article_id(f"{HOME}/{name}") for name in ("mobil", "ponsel", "lama")]
        withdraw(Corpus(filled), [*everything, article_id("http://nusakata.example/baterai")], NOW)
        assert find("baterai").count == 0
        assert keys(filled) == {list_key(index.index.number + 1)}


class TestLocalCopy:
    def test_only_pieces_that_changed_are_fetched(self, filled: Storage, index: Built, tmp_path: Path) -> None:
        fetched: list[str] = []

        class Watched(Bucket):
            def download(self, key: str, path: Path) -> tuple[str, str | None] | None:
                fetched.append(key)
                return super().download(key, path)

        bucket = Watched(filled)
        copy(bucket, tmp_path)
        assert sorted(fetched) == sorted(piece.key for piece in index.index.pieces)
        fetched.clear()
        copy(bucket, tmp_path)
        assert fetched == []
        add(filled, "baru", text(7))
        changed = build(Corpus(filled), NOW).index.pieces[2]
        _, view = copy(bucket, tmp_path)
        assert fetched == [changed.key]
        assert [path.name for path in (tmp_path / "views").iterdir()] == [view.name]
        assert len(list((tmp_path / "pieces").iterdir())) == 3

    def test_a_damaged_piece_is_not_searched(self, filled: Storage, index: Built, tmp_path: Path) -> None:
        piece = index.index.pieces[0]
        content = bytearray(Bucket(filled).get(piece.key))
        content[600] ^= 1
        Bucket(filled).replace(piece.key, bytes(content), "application/x-tar")
        with pytest.raises(SearchError, match=f"{piece.key} is damaged: its bytes are not those that were published"):
            copy(Bucket(filled), tmp_path)

    def test_a_copy_that_an_update_overtakes_is_of_the_newer_state(
        self, filled: Storage, index: Built, tmp_path: Path
    ) -> None:
        class Overtaken(Bucket):
            is_first = True

            def download(self, key: str, path: Path) -> tuple[str, str | None] | None:
                if self.is_first:
                    self.is_first = False
                    withdraw(Corpus(filled), [article_id(f"{HOME}/lama")], NOW)
                return super().download(key, path)

        copied, _ = copy(Overtaken(filled), tmp_path)
        assert copied.number == index.index.number + 1


class TestCommands:
    def test_the_index_is_made_and_asked_from_the_shell(self, filled: Storage) -> None:
        made = run_program(filled, "scrapy", "search_index")
        assert made.returncode == 0, made.stderr
        assert made.stdout.startswith("the search index has 4 articles in 3 pieces")
        same = run_program(filled, "local", "search-index")
        assert same.stdout.startswith("the search index is up to date: 4 articles"), same.stderr
        found = run_program(filled, "local", "search", "baterai ponsel")
        assert found.returncode == 0, found.stderr
        [headline, about, snippet, count] = found.stdout.splitlines()
        assert headline == "  1 [Ponsel] murah"
        assert about.strip() == f"kabarteknik  2026-11-24  {HOME}/ponsel"
        assert snippet.strip().endswith("[Baterainya] tahan lama.")
        assert count == "1 article"
        told = run_program(filled, "local", "search", "diluncurkan", "--json", "--to", "2026-10-01")
        [line] = map(json.loads, told.stdout.splitlines())
        assert (line["rank"], line["site"], line["day"]) == (1, "kabarteknik", "2026-09-03")
        [place] = line["snippet"]["places"]
        assert line["snippet"]["text"][slice(*place)] == "diluncurkan"

    @pytest.mark.parametrize(
        ("arguments", "code", "sentence"),
        [
            (('baterai "',), 1, "Kliping: a quotation mark is not closed in 'baterai \"'"),
            (("baterai", "--from", "kemarin"), 2, "Kliping: --from and --to take days such as 2026-11-01"),
        ],
    )
    @pytest.mark.usefixtures("index")
    def test_what_is_wrong_with_a_search_is_one_sentence(
        self, filled: Storage, arguments: tuple[str, ...], code: int, sentence: str
    ) -> None:
        ran = run_program(filled, "local", "search", *arguments)
        assert (ran.returncode, ran.stderr.strip()) == (code, sentence)

    def test_before_anything_is_archived_that_is_said(self, storage: Storage) -> None:
        Bucket(storage).ensure()
        ran = run_program(storage, "local", "search-index")
        assert (ran.returncode, ran.stderr.strip()) == (
            1,
            "Kliping: nothing has been archived yet: there is nothing to search",
        )
        assert run_program(storage, "scrapy", "search_index").returncode == 0
        ran = run_program(storage, "local", "search", "baterai")
        assert ran.returncode == 1
        assert ran.stderr.startswith("Kliping: there is no search index yet")

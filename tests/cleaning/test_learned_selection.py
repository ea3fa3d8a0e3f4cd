"""The learned decision on a page's blocks: what a model may change of a text, and what it may not."""

import pytest

from pipelines.article import Article
from pipelines.cleaning import clean
from pipelines.cleaning.block_features import FEATURES
from pipelines.cleaning.block_model import BlockModel, ModelError, Tree, block_model
from pipelines.cleaning.extract import FIRST_EXTRACTOR
from tests.cleaning.newspage import BODY, PARAGRAPHS, URL, page

SURE = 5.0
TEASERS = "".join(
    f"<div class='kartu'><h3><a href='/b/{number}'>Kabar lain nomor {number} dari desa</a></h3>"
    f"<p>Warga desa nomor {number} menanam pohon di tepi sungai agar tanah tidak longsor saat musim hujan.</p></div>"
    for number in range(1, 5)
)


def model_of(column: str, threshold: float, at_most: float, above: float) -> BlockModel:
    """A model that asks one thing of each block."""
    return BlockModel("uji", FEATURES, [Tree([FEATURES.index(column)], [threshold], [-1], [-2], [at_most, above])])


ALL_ARE_THE_ARTICLES = model_of("chars", 0, SURE, SURE)
NONE_ARE_THE_ARTICLES = model_of("chars", 0, -SURE, -SURE)


def body_of(html: bytes, model: BlockModel) -> str:
    record = clean(html, URL, model=model)
    assert isinstance(record, Article), record
    return record.body


@pytest.mark.parametrize("model", [ALL_ARE_THE_ARTICLES, NONE_ARE_THE_ARTICLES])
def test_a_text_in_the_right_place_is_neither_lost_nor_are_teasers_added_to_it(model: BlockModel) -> None:
    assert body_of(page(below=TEASERS), model) == BODY


def test_what_the_model_finds_between_paragraphs_is_added_if_another_reading_has_it() -> None:
    aside = "Tiga pabrik lain di kabupaten itu memakai lengan robot yang sama sejak tahun lalu, kata dinas setempat."
    first, *rest = (f"<p>{text}</p>" for text in PARAGRAPHS)
    text = f"{first}<div class='related'><p>{aside}</p></div>{''.join(rest)}"
    stated = page(text, json_ld={"@type": "NewsArticle", "articleBody": " ".join([*PARAGRAPHS, aside])})
    assert aside not in body_of(stated, NONE_ARE_THE_ARTICLES)
    assert aside in body_of(stated, ALL_ARE_THE_ARTICLES)
    assert aside not in body_of(page(text), ALL_ARE_THE_ARTICLES)


def test_no_model_adds_remarks_of_readers() -> None:
    remark = "Semoga jalannya segera diperbaiki, karena truk pabrik sering terjebak di tanjakan dekat rumah saya."
    first, *rest = (f"<p>{text}</p>" for text in PARAGRAPHS)
    html = page(f"{first}<div class='comments'><p>{remark}</p></div>{''.join(rest)}")
    assert remark not in body_of(html, ALL_ARE_THE_ARTICLES)


def test_a_text_is_not_given_up_for_a_shorter_one() -> None:
    note = "Kami memakai kuki agar situs ini bekerja lebih baik dan iklan sesuai dengan minat Anda sekalian."
    html = page(above=f"<section><p>{note}</p></section>")
    only_the_note = model_of("from_headline", 1.5, SURE, -SURE)
    assert body_of(html, only_the_note).endswith(BODY)


def test_a_paragraph_that_is_mostly_links_is_text_where_the_rest_is_a_sentence() -> None:
    links = "".join(f"<a href='/b/{n}'>Kabar lain nomor {n} tentang bengkel dan pabrik di desa</a> " for n in range(5))
    told = "Bengkel di desa itu kini melatih tiga puluh pemuda tiap bulan, dan separuh dari mereka langsung bekerja."
    first, *rest = (f"<p>{text}</p>" for text in PARAGRAPHS)
    no_links = model_of("linked", 0.5, SURE, -SURE)
    assert told in body_of(page(f"{first}<p>{told} {links}</p>{''.join(rest)}"), no_links)
    assert body_of(page(f"{first}<p>Baca: {links}</p>{''.join(rest)}"), no_links) == BODY


def test_the_record_names_the_model() -> None:
    record = clean(page(), URL)
    assert isinstance(record, Article)
    assert record.ruleset.endswith(f", blocks {block_model().version}")


def test_a_model_of_other_features_is_refused() -> None:
    with pytest.raises(ModelError, match="trained on other features"):
        clean(page(), URL, model=BlockModel("lama", ("chars",), [Tree([0], [1.0], [-1], [-2], [0.0, 1.0])]))


def test_an_extractor_is_asked_where_the_model_is_unsure() -> None:
    unsure = clean(page(), URL, model=NONE_ARE_THE_ARTICLES)
    assert isinstance(unsure, Article)
    assert (unsure.body, unsure.extractor) == (BODY, FIRST_EXTRACTOR)
    sure = clean(page(), URL)
    assert isinstance(sure, Article)
    assert (sure.body, sure.extractor) == (BODY, f"blocks {block_model().version}")

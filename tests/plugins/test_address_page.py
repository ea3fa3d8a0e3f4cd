"""What a reader would see of a page, as plain text."""

from plugins.newsroom.address_page import visible_text


def test_blocks_are_lines_and_markup_is_gone() -> None:
    source = "<h1>Judul</h1><p>Isi &amp; <b>tebal</b></p><ul><li>satu<li>dua</ul>"
    assert visible_text(source) == "Judul\nIsi & tebal\nsatu\ndua"


def test_scripts_and_styles_are_not_text() -> None:
    source = "<style>p { color: red }</style><p>Isi</p><script>alert('<p>bukan</p>')</script><noscript>x</noscript>"
    assert visible_text(source) == "Isi"


def test_broken_markup_is_read_as_far_as_it_goes() -> None:
    assert visible_text("<p>Isi</div><script>tanpa akhir") == "Isi"
    assert visible_text("") == ""

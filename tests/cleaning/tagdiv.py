"""Pages in the shape of the tagDiv Newspaper theme of WordPress: templates, comment form, related boxes."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

TEMPLATES = ("classic", "cloud", "short", "broken", "bare")
"""PHP single template; Cloud Library template; one-paragraph item; form closed early, so that its fields lie outside;
a child theme without comment classes and without a form element."""

LANGUAGES = ("en", "id")


@dataclass(frozen=True)
class FormWords:
    """What the comment form says, in one language."""

    reply: str
    cancel: str
    comment: str
    comment_missing: str
    name: str
    name_missing: str
    email_wrong: str
    email_missing: str
    keep: str
    submit: str
    count: str

    def all(self) -> tuple[str, ...]:
        return (
            self.reply, self.cancel, self.comment_missing, self.name_missing, self.email_wrong, self.email_missing,
            self.keep, self.submit, self.count,
        )  # fmt: skip


WORDS = {
    "en": FormWords(
        "LEAVE A REPLY", "Cancel reply", "Comment:", "Please enter your comment!", "Name:*",
        "Please enter your name here",
        "You have entered an incorrect email address!", "Please enter your email address here",
        "Save my name, email, and website in this browser for the next time I comment.", "Post Comment", "2 COMMENTS",
    ),
    "id": FormWords(
        "TINGGALKAN KOMENTAR", "Batal balasan", "Komentar:", "Silakan masukkan komentar anda!", "Nama:*",
        "Silakan masukkan nama Anda di sini", "Anda telah memasukkan alamat email yang salah!",
        "Silakan masukkan alamat email Anda di sini",
        "Simpan nama, email, dan situs web saya pada peramban ini untuk komentar saya berikutnya.", "Kirim Komentar",
        "2 KOMENTAR",
    ),
}  # fmt: skip

READERS = (
    "Mantap sekali ulasannya, ditunggu kabar berikutnya ya min.",
    "Semoga segera hadir di kota kami juga, sudah lama menunggu.",
    "Mau pesan, hubungi saya di rina.pembaca@surat.example atau 0812-3456-7890, terima kasih.",
)


def page(
    headline: str,
    paragraphs: Sequence[str],
    *,
    template: str = "classic",
    language: str = "en",
    readers: bool = False,
    site: str = "Majalah Contoh",
    author: str = "Rahmat Hidayat",
    published: str = "2026-07-24T09:15:00+07:00",
    shown: str = "24 Juli 2026",
) -> bytes:
    """One article page. `paragraphs` are plain texts; `published` is what `<time datetime>` and the meta tag state."""
    words = WORDS[language]
    texts = paragraphs[:1] if template == "short" else paragraphs
    body = "\n".join(f"<p>{escape(text)}</p>" for text in texts)
    comments = _comments(words, template, readers)
    main = (
        _cloud(headline, body, author, published, shown, comments)
        if template == "cloud"
        else _classic(headline, body, author, published, shown, comments)
    )
    return f"""<!doctype html><html lang="id"><head><meta charset="UTF-8"><title>{escape(headline)} - {site}</title>
<meta property="og:type" content="article"><meta property="og:title" content="{escape(headline)} - {site}">
<meta property="og:site_name" content="{site}"><meta property="article:published_time" content="{published}">
<meta name="generator" content="Powered by tagDiv"></head>
<body class="post-template-default single single-post global-block-template-1 td-standard-pack">
<div id="td-outer-wrap" class="td-theme-wrap">
<div class="td-header-wrap"><ul class="sf-menu"><li><a href="/">Beranda</a></li><li><a href="/gawai/">Gawai</a></li>
</ul></div>
{main}
<div class="td-footer-wrapper td-container-wrap">
<div class="td-footer-info">{site} memuat kabar teknologi terbaru untuk pembaca muda.
<div class="td-sub-footer-copy">&copy; {site}</div></div></div></div></body></html>""".encode()


def _classic(headline: str, body: str, author: str, published: str, shown: str, comments: str) -> str:
    return f"""<div class="td-main-content-wrap td-container-wrap"><div class="td-container td-post-template-default">
<div class="td-crumb-container"><div class="entry-crumbs"><span><a class="entry-crumb" href="/">Beranda</a></span>
<i class="td-icon-right td-bread-sep"></i><span><a class="entry-crumb" href="/gawai/">Gawai</a></span></div></div>
<div class="td-pb-row"><div class="td-pb-span8 td-main-content" role="main"><div class="td-ss-main-content">
<article id="post-71" class="post-71 post type-post status-publish hentry category-gawai" itemscope
itemtype="https://schema.org/Article">
<div class="td-post-header"><ul class="td-category"><li class="entry-category"><a href="/gawai/">Gawai</a></li></ul>
<header class="td-post-title"><h1 class="entry-title">{escape(headline)}</h1><div class="td-module-meta-info">
<div class="td-post-author-name"><div class="td-author-by">By</div> <a href="/author/x/">{author}</a>
<div class="td-author-line"> - </div> </div>
<span class="td-post-date"><time class="entry-date updated td-module-date" datetime="{published}">{shown}</time></span>
<div class="td-post-comments"><a href="#respond"><i class="td-icon-comments"></i>0</a></div></div></header></div>
<div class="td-post-sharing-top"><div class="td-post-sharing-visible"><a href="#">Facebook</a><a href="#">Twitter</a>
</div></div>
<div class="td-post-content tagdiv-type"><div class="td-post-featured-image"><figure><a href="#">
<img src="/a.jpg" alt=""></a>
<figcaption class="wp-caption-text">Suasana peluncuran di pusat perbelanjaan (Foto: Istimewa)</figcaption></figure>
</div>
{body}</div>
<footer><div class="td-post-source-tags"><ul class="td-tags td-post-small-box clearfix"><li><span>TAGS</span></li>
<li><a href="#">gawai</a></li></ul></div>
<div class="td-post-sharing-bottom"><a href="#">WhatsApp</a></div>
<div class="td-block-row td-post-next-prev"><div class="td-block-span6 td-post-prev-post">
<div class="td-post-next-prev-content"><span>Previous article</span>
<a href="#">Kabar Lain yang Terbit Kemarin</a></div></div></div>
<div class="author-box-wrap"><div class="desc"><div class="td-author-name vcard author"><span class="fn">
<a href="#">{author}</a></span></div>
<div class="td-author-description">Penulis teknologi sejak lama.</div></div></div></footer></article>
<div class="td_block_wrap td_block_related_posts"><h4 class="td-related-title">
<a class="td-related-left td-cur-simple-item" href="#">RELATED ARTICLES</a>
<a class="td-related-right" href="#">MORE FROM AUTHOR</a></h4><div class="td_block_inner">
<div class="td_module_related_posts">
<h3 class="entry-title td-module-title"><a href="#">Tiga Cara Merawat Baterai Sepeda Listrik</a></h3></div></div></div>
{comments}</div></div></div></div></div>"""


def _cloud(headline: str, body: str, author: str, published: str, shown: str, comments: str) -> str:
    return f"""<div id="tdb-autoload-article" class="td-main-content-wrap"><div class="tdb-autoload-wrap">
<article id="template-id-9"
class="post-71 tdb_templates type-tdb_templates status-publish post hentry"><div id="tdi_1" class="tdc-zone">
<div class="tdc_zone tdi_2 wpb_row td-pb-row">
<div class="td_block_wrap tdb_breadcrumbs tdi_3"><div class="tdb-block-inner td-fix-index"><span>
<a class="tdb-entry-crumb" href="/">Beranda</a></span></div></div>
<div class="td_block_wrap tdb_title tdi_4 tdb-single-title"><div class="tdb-block-inner td-fix-index">
<h1 class="tdb-title-text">{escape(headline)}</h1></div></div>
<div class="td_block_wrap tdb_single_author tdi_5 tdb-post-meta"><div class="tdb-block-inner td-fix-index">
<div class="tdb-author-name-wrap">
<span class="tdb-author-by">By</span> <a class="tdb-author-name" href="/author/x/">{author}</a></div></div></div>
<div class="td_block_wrap tdb_single_date tdi_6 tdb-post-meta"><div class="tdb-block-inner td-fix-index">
<time class="entry-date updated td-module-date"
datetime="{published}">{shown}</time></div></div>
<div class="td_block_wrap tdb_single_content tdi_7 td-post-content tagdiv-type">
<div class="tdb-block-inner td-fix-index">
{body}</div></div>
<div class="td_block_wrap tdb_single_tags tdi_8"><div class="tdb-block-inner"><ul class="tdb-tags"><li>
<span>TAGS</span></li><li><a href="#">gawai</a></li></ul></div></div>
<div class="td_block_wrap tdb_single_comments tdi_9 tdb-comm-layout1">
<div class="tdb-block-inner td-fix-index">{comments}</div></div>
</div></div></article></div></div>"""


def _comments(words: FormWords, template: str, readers: bool) -> str:
    listed = ""
    if readers:
        items = "".join(
            '<li class="comment even thread-even depth-1" '
            f'id="comment-{number}"><article><footer><cite>Pembaca {number}</cite>'
            '<a class="comment-link" href="#"><time datetime="2026-07-25T10:00:00+07:00">25 Juli '
            "2026 At 10:00</time></a></footer>"
            f'<div class="comment-content"><p>{text}</p></div></article></li>'
            for number, text in enumerate(READERS, start=1)
        )
        listed = (
            '<div class="td-comments-title-wrap td_block_template_1"><h4 class="td-comments-title'
            f' block-title"><span>{words.count}</span></h4></div>'
            f'<ol class="comment-list">{items}</ol>'
        )
    fields = f"""<div class="clearfix"></div><div class="comment-form-input-wrap td-form-comment">
<textarea placeholder="{words.comment}" id="comment" name="comment" cols="45" rows="8"></textarea>
<div class="td-warning-comment">{words.comment_missing}</div></div>
<div class="comment-form-input-wrap td-form-author">
<input class="" id="author" name="author" placeholder="{words.name}" type="text" value="">
<div class="td-warning-author">{words.name_missing}</div></div>
<div class="comment-form-input-wrap td-form-email">
<input class="" id="email" name="email" placeholder="Email:*" type="text" value="">
<div class="td-warning-email-error">{words.email_wrong}</div>
<div class="td-warning-email">{words.email_missing}</div></div>
<p class="comment-form-cookies-consent">
<input id="wp-comment-cookies-consent" name="wp-comment-cookies-consent" type="checkbox" value="yes">
<label for="wp-comment-cookies-consent">{words.keep}</label></p>
<p class="form-submit"><input name="submit" type="submit" id="submit" class="submit" value="{words.submit}"></p>"""
    cancel = f'<a rel="nofollow" id="cancel-comment-reply-link" href="#respond">{words.cancel}</a>'
    heading = f"{words.reply} <small>{cancel}</small>"
    if template == "bare":
        texts = (
            words.comment,
            words.comment_missing,
            words.name,
            words.name_missing,
            words.email_wrong,
            words.email_missing,
            words.keep,
        )
        rows = "".join(f"<div>{text}</div>" for text in texts)
        button = f"<div><span>{words.submit}</span></div>"
        return f"<div>{listed and words.count}</div><div><h3>{heading}</h3>{rows}{button}</div>"
    close_early = "</form>" if template == "broken" else ""
    close = "" if template == "broken" else "</form>"
    return f"""<div class="comments" id="comments">{listed}<div id="respond" class="comment-respond">
<h3 id="reply-title" class="comment-reply-title">{heading}</h3>
<form action="/wp-comments-post.php" method="post" id="commentform" class="comment-form"
novalidate>{close_early}{fields}{close}</div></div>"""

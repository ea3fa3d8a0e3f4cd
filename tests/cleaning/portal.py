"""An invented Indonesian news portal: what stands around the article on each of its pages."""

import json

HOST = "https://www.kabartanjung.example"
PUBLISHED = "2026-11-18T10:25:00+07:00"
WRITER = "Wening Astuti"

_OTHERS = (
    "Kapal Penyeberangan Karimata Kini Memesan Tiket lewat Pesan Singkat",
    "Bengkel Tua di Salatiga Merakit Ulang Radio Tabung",
    "Sensor Lumpur Dipasang di Tujuh Waduk",
    "Perpustakaan Keliling Bima Meminjamkan Tablet Bekas",
    "Siswa Sampit Membuat Peta Titik Api",
)


def portal_page(
    headline: str, content: str, *, path: str = "/tekno/read/482910/judul", kind: str = "NewsArticle"
) -> tuple[bytes, str]:
    """A page of the portal and its address: `content` is the markup of the text, `kind` what JSON-LD calls the page."""
    url = f"{HOST}{path}"
    json_ld = {
        "@context": "https://schema.org",
        "@type": kind,
        "headline": headline,
        "name": headline,
        "datePublished": PUBLISHED,
        "uploadDate": PUBLISHED,
        "author": {"@type": "Person", "name": WRITER},
        "publisher": {"@type": "Organization", "name": "Kabar Tanjung"},
    }
    teasers = "".join(
        f'<li class="media"><a href="{HOST}/tekno/read/48{n}/{n}"><img src="/kecil-{n}.webp" alt=""></a>'
        f'<h3 class="media__title"><a href="{HOST}/tekno/read/48{n}/{n}">{title}</a></h3>'
        f'<span class="media__date">{n + 1} jam lalu</span></li>'
        for n, title in enumerate(_OTHERS)
    )
    html = f"""<!doctype html><html lang="id"><head><meta charset="utf-8">
<title>{headline} - Kabar Tanjung</title><meta property="og:site_name" content="Kabar Tanjung">
<meta property="og:title" content="{headline}"><link rel="canonical" href="{url}">
<script type="application/ld+json">{json.dumps(json_ld)}</script></head><body>
<header class="navbar"><a class="logo" href="/">Kabar Tanjung</a><ul class="menu"><li><a href="/tekno">Tekno</a></li>
<li><a href="/sains">Sains</a></li><li><a href="/foto">Foto</a></li><li><a href="/video">Video</a></li></ul></header>
<div class="breadcrumb"><a href="/">Beranda</a> <a href="/tekno">Tekno</a> <a href="/tekno/gawai">Gawai</a></div>
<div class="row"><div class="col-8 detail">
<h1 class="detail__title">{headline}</h1>
<div class="detail__author">{WRITER} - Kabar Tanjung</div><div class="detail__date">Rabu, 18 Nov 2026 10:25 WIB</div>
<div class="share-box"><a href="#">Facebook</a><a href="#">X</a><a href="#">WhatsApp</a><span>Salin Tautan</span></div>
<div class="detail__body">{content}</div>
<div class="detail__tag"><a href="/tag/tanjung">tanjung</a><a href="/tag/gawai">gawai</a></div>
<section class="terkait"><h2>Berita Terkait</h2><ul>{teasers}</ul></section>
<div class="comment"><h3>Tinggalkan Komentar</h3><form><label>Nama:*</label><input><button>Kirim</button></form></div>
</div><aside class="col-4 sidebar"><h2>Terpopuler</h2><ol>{teasers}</ol></aside></div>
<footer><p>Hak Cipta 2026 Kabar Tanjung. Pedoman Media Siber. Tentang Kami.</p></footer></body></html>"""
    return html.encode(), url

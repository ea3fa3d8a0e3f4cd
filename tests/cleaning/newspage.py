"""Invented Indonesian news pages, as small as a test needs them."""

import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

URL = "https://tekno.contohkabar.id/gawai/pabrik-sepeda-listrik"
HEADLINE = "Pabrik Sepeda Listrik Membuka Jalur Perakitan Ketiga"
PUBLISHED = "2026-07-24T09:15:00+07:00"
PARAGRAPHS = (
    "Sebuah pabrik sepeda listrik membuka jalur perakitan ketiga pada Senin, dan kepala pabrik "
    "mengatakan bahwa jalur itu "
    "akan menambah dua ratus pekerja dari desa sekitar.",
    "Menurut kepala pabrik, permintaan sepeda listrik naik tajam sejak awal tahun karena harga "
    "bahan bakar terus bergerak.",
    '"Kami tidak menyangka pesanan akan datang secepat ini," ujar kepala pabrik kepada wartawan yang hadir.',
    "Jalur perakitan yang baru memakai lengan robot buatan dalam negeri, yang dirancang oleh "
    "mahasiswa politeknik setempat.",
    "Pemerintah daerah berjanji memperbaiki jalan menuju pabrik sebelum musim hujan tiba pada akhir tahun.",
)
BODY = "\n".join(PARAGRAPHS)


def page(
    content: str | Sequence[str] = PARAGRAPHS,
    *,
    headline: str = HEADLINE,
    title: str | None = None,
    meta: Mapping[str, str] | None = None,
    json_ld: Mapping[str, Any] | None = None,
    above: str = "",
    below: str = "",
) -> bytes:
    """A page whose text is `content`: markup, or paragraphs. `above` stands between headline and text, `below` after
    it."""
    body = content if isinstance(content, str) else "".join(f"<p>{escape(text, quote=False)}</p>" for text in content)
    head = "".join(
        f'<meta property="{name}" content="{escape(value)}">'
        for name, value in ({"article:published_time": PUBLISHED} if meta is None else meta).items()
    )
    if json_ld is not None:
        head += (
            f'<script type="application/ld+json">{json.dumps({"@context": "https://schema.org", **json_ld})}</script>'
        )
    return f"""<!doctype html><html lang="id"><head><meta charset="utf-8">
<title>{title or headline}</title>{head}</head><body>
<nav><a href="/">Beranda</a><a href="/gawai">Gawai</a></nav>
<main><h1>{headline}</h1>{above}<div class="isi-berita">{body}</div>{below}</main>
<footer>Contoh Kabar memuat berita teknologi.</footer></body></html>""".encode()

"""The residue rules, as data: what stands among the paragraphs of Indonesian news pages without being part of the text.

Every rule carries an example that it removes, and a counter-example: a line that looks alike and must stay. The tests
run all of them. A rule applies only where its residue occurs, so that it meets as few sentences as possible.
`residue.py` applies the rules.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

RULESET = "2026.11i"
"""Version of the rules below: year and month, and a letter for further versions in one month."""


class RuleScope(StrEnum):
    """Where in a text a rule applies."""

    LINE = "a whole line anywhere"
    LINK = "a whole line that is a link or is followed by one"
    HEAD = "a whole line before the first long paragraph"
    TAIL = "a whole line after the last long paragraph, or among the last four"
    CUT = "a whole line after the last long paragraph, and all that follows"
    LAST = "the last line"
    END = "the last words of a line that ends a text or a section"
    INSIDE = "words inside a line"


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of residue. Named groups of the pattern become fields of the article: desk_code, editor, author."""

    name: str
    scope: RuleScope
    pattern: re.Pattern[str]
    example: str
    counter_example: str


def _rule(name: str, scope: RuleScope, pattern: str, example: str, counter_example: str, *, case: bool = False) -> Rule:
    return Rule(name, scope, re.compile(pattern, 0 if case else re.IGNORECASE), example, counter_example)


_ALSO = r"(?:baca|simak|lihat|tonton|saksikan|ketahui|cek|dengarkan|nonton|klik)"

_PAGING = (
    r"(?:halaman|laman|hal|pages?|pertama|first|sebelumnya|prev(?:ious)?|selanjutnya|berikutnya|next|terakhir|last|"
    r"(?:(?:lihat|tampilkan|show)\s+)?(?:semua|all))"
)
"""The words of a bar of page numbers."""

RULES: tuple[Rule, ...] = (
    # --- pointers to other articles
    _rule(
        "also-read",
        RuleScope.LINE,
        rf"[\s•*>»-]*(?:>>+\s*)?{_ALSO}\s*(?:juga|pula|selengkapnya|lainnya|"
        r"berita(?:nya)?\s+(?:lain|terkait)\w*|artikel\s+(?:lain|terkait)\w*)"
        r"(?:\s+(?:video|foto|artikel|berita|infografis|podcast|ini)(?:nya|\s+(?:lain\w*|"
        r"terkait\w*|ini|menarik\w*))?)*\s*(?:[:：;>»|]|-\s|–|—|\.{3}|$).*",
        "Baca Juga : Lima Aplikasi Peta untuk Pendaki",
        "Baca juga label pada kemasan sebelum membeli, kata peneliti itu.",
    ),
    _rule(
        "also-read-glued",
        RuleScope.LINE,
        r"[\s•*>-]*(?:BACA\s?JUGA|Baca\s?Juga|Baca\s?juga|Simak\s?Juga|Lihat\s?Juga|Tonton\s?Juga|"
        r"SIMAK JUGA|LIHAT JUGA)(?=[A-Z0-9\"“'‘])(?!\s[a-z]).*",
        "Baca JugaRobot Pengantar Makanan Diuji di Bandung",
        "Baca juga buku itu sampai habis.",
        case=True,
    ),
    _rule(
        "also-read-link",
        RuleScope.LINK,
        rf"[\s•*>»-]*(?:{_ALSO}\s*(?:juga|pula|:|di\s?sini|selengkapnya)|baca\s*:|"
        r"berita\s+(?:terkait|lainnya)|artikel\s+(?:terkait|lainnya)|"
        r"read\s+(?:also|more|next)|related(?:\s+(?:articles?|posts?|stories|news|content))?|"
        r"see\s+also|also\s+read|don['’]t\s+miss|more\s+(?:on|from)|"
        r"selengkapnya|selanjutnya|kumpulan\s+berita|pilihan\s+editor|click\s+here|"
        r"klik\s+di\s?sini|watch\s*:|video\s*:)\b.*",
        "Baca juga Telepon Lipat Baru Meluncur di Surabaya",
        "Related work in this field began in 1998 and has grown since.",
    ),
    _rule(
        "read-on",
        RuleScope.TAIL,
        r"\W*(?:[Ss]imak|[Bb]aca|[Ii]kuti|[Dd]apatkan|[Tt]emukan|[Ll]ihat|[Cc]ek|[Kk]unjungi)(?:lah)?\s+"
        r"(?:[Tt]erus\s+|[Jj]uga\s+)?(?:[Kk]abar|[Bb]erita|[Aa]rtikel|[Ii]nformasi|[Ii]nfo|[Uu]pdate|[Uu]lasan)"
        r"(?:-\w+)?\s+(?:\w+\s+){0,2}(?:lain|lainnya|terkini|terbaru|menarik|lengkap|selengkapnya)\b[\w\s]{0,40}?"
        r"\b(?:di|pada|melalui|lewat)\s+(?:sini|(?:situs|laman|kanal|portal)?\s?[A-Z0-9][\w.-]*"
        r"(?:\s[A-Z0-9][\w.-]*){0,4})\W*",
        "Simak kabar lain yang lebih lengkap di Berita Contoh",
        "Simak kabar lain tentang banjir itu dari para nelayan yang menunggu di dermaga sejak subuh.",
        case=True,
    ),
    _rule(
        "video-pointer",
        RuleScope.LINE,
        r"[\s•*-]*(?:simak|lihat|tonton|saksikan|nonton)(?:lah)?\s*(?:juga|pula|"
        r"di\s?sini)?\s*,?\s*(?:video|live|siaran)\w*\b"
        r"(?:[^.]{0,160}(?:\[gambas|:\s*$|berikut\s*ini|di\s*bawah(?:\s+ini)?|pilihan)|\s*(?::|[\"“'‘]|ini\b)).*",
        'Simak Video "Uji Coba Bus Tanpa Sopir di Makassar" [Gambas:Video 20detik]',
        "Lihat video itu berkali-kali sebelum menilai, pesan sang pelatih kepada pemainnya.",
    ),
    _rule(
        "youtube-pointer",
        RuleScope.LINE,
        r"(?:yuk|ayo|jangan lupa),?\s*(?:simak|tonton|saksikan|lihat|subscribe|baca|follow|"
        r"ikuti)\b.{0,120}(?:video|youtube|instagram|channel|kanal|juga)\b.*",
        "Yuk, Simak Juga Video ini!",
        "Ayo lihat siapa yang lebih dulu tiba, ujar pembawa acara kepada penonton.",
    ),
    _rule(
        "gambas",
        RuleScope.INSIDE,
        r"\[\s*(?:gambas|gambar|video|embed|foto|infografis|youtube|instagram|twitter|tweet)\s*:[^\]]{0,120}\]",
        "[Gambas:Video 20detik]",
        "Catatan [gambar nomor dua] ada di lampiran.",
    ),
    _rule(
        "editors-choice",
        RuleScope.TAIL,
        r"(?:pilihan\s+editor|pilihan\s+redaksi|editor['’]s\s+(?:pick|choice)|"
        r"rekomendasi\s+(?:untuk\s+anda|redaksi))\s*(?::.*)?",
        "Pilihan Editor: Mengapa Harga Cip Memori Naik",
        "Pilihan editor foto itu jatuh pada gambar yang paling sederhana.",
    ),
    _rule(
        "arrow-pointer",
        RuleScope.LINE,
        r"\s*(?:>>+|»).{3,160}(?:<<+|«)?\s*",
        ">>> 6 Cara Merapikan Kabel di Meja <<<",
        "Hasilnya 5 >> 3 menurut notasi itu.",
    ),
    # --- counters, paging, scrolling, advertising
    _rule(
        "read-counter",
        RuleScope.LINE,
        r"[\W_]*(?:(?:artikel|berita)\s+ini\s+)?(?:(?:telah|sudah)\s+)?(?:"
        r"(?:dibaca|dilihat|ditonton|dikunjungi|views?|hits?|pembaca|pengunjung)\s*:?\s*(?:sebanyak\s+)?"
        r"\d[\d.,]*\s*(?:rb|ribu|jt|juta|k|m)?\s*(?:kali|x|views?|orang|pembaca|pengguna)?|"
        r"\d[\d.,]*\s*(?:rb|ribu|jt|juta|k|m)?\s*(?:(?:kali|x)\s+(?:dibaca|dilihat|ditonton)|views?|hits?|reads?|"
        r"pembaca|dilihat|dibaca))[\W_]*",
        "Dibaca 1.234 kali",
        "Buku itu dibaca 1.234 kali dalam sepekan.",
    ),
    _rule(
        "scroll",
        RuleScope.LINE,
        r"(?:adv?ertise?ment|iklan|advertorial)?\s*[-–]?\s*(?:scroll|gulir|"
        r"geser)\s+(?:to\s+(?:continue|resume)\b.{0,60}|(?:halaman\s*)?(?:down|ke\s*bawah)?\s*(?:(?:untuk|to|"
        r"buat)\s[^,.]{0,30}?\b(?:(?:mem)?baca|(?:me)?lanjut(?:kan|an)?|artikel|berita|konten|continue|read|"
        r"content)\b[^,.]{0,40})?\W*)",
        "SCROLL TO CONTINUE WITH CONTENT",
        "Gulir ke bawah sampai menu Aplikasi Lain, cari nama yang tidak dikenal, lalu hapus.",
    ),
    _rule(
        "advertisement",
        RuleScope.LINE,
        r"[\s\[(-]*(?:advertisements?|iklan|adv|advertorial|ads|sponsored(?:\s+(?:by.{0,40}|"
        r"content))?|hide\s+ads|tutup\s+iklan|"
        r"lanjutkan\s+membaca\s*[↓▼]?|lanjut\s+baca|artikel\s+berlanjut\s+setelah\s+(?:iklan|"
        r"ini).{0,20}|story\s+continues\s+below.{0,20}|"
        r"article\s+continues\s+(?:after|below).{0,30}|continue\s+reading\s*(?:below|the\s+main\s+story)?)[\s\])↓:-]*",
        "ADVERTISEMENT",
        "Iklan rokok di media luar ruang akan dilarang.",
    ),
    _rule(
        "paging",
        RuleScope.LINE,
        r"(?:halaman|laman|hal\.?|page)\s*(?:selanjutnya|berikutnya|sebelumnya)\b.{0,160}|(?:halaman|laman)\s*:|"
        r"next\s*page.{0,20}|(?:show|lihat|tampilkan)\s+(?:all|semua)|(?:next|previous|sebelumnya)[\s<>«»]*|"
        r"bersambung\s+ke\s+halaman.{0,60}|(?:baca|klik|simak)\s+(?:di\s+)?halaman\s+(?:selanjutnya|berikutnya).{0,60}|"
        r"(?:baca\s+)?selanjutnya\s*(?::.{0,120}|[>»→]+)?|sebelumnya\s*:.{0,120}|(?:klik|simak|"
        r"baca|lanjut(?:kan)?).{0,60}\s(?:di\s+|ke\s+)?halaman\s+(?:selanjutnya|berikut(?:nya)?)[\s.…>»]*|"
        r"(?:lanjut(?:kan)?\s+)?ke\s+halaman\s+(?:selanjutnya|berikut(?:nya)?)[\s.…>»]*",
        "Halaman Selanjutnya: Cara Merawat Baterai",
        "Halaman belakang rumah itu penuh dengan pohon mangga.",
    ),
    _rule(
        "page-numbers",
        RuleScope.LINE,
        rf"[«‹<]\s*(?:\d{{1,3}}[\s|·,.…]++)+[>»›]\s*|\W*(?:\d{{1,3}}\s*(?:dari|of|/)\s*\d{{1,3}}|"
        rf"(?=.*\d)(?=.*\b{_PAGING}\b)(?:(?:{_PAGING}|dari|of|\d{{1,3}})\b[\W_]*+){{2,16}})\W*",
        "Laman: 1 2",
        "Laman: 12 spesies kupu-kupu tercatat di sana.",
    ),
    _rule(
        "contents-list",
        RuleScope.LINE,
        r"(?:daftar\s+isi(?:\s+(?:artikel|konten))?|table\s+of\s+contents?|"
        r"isi\s+artikel)(?:\s*[\[(]?\s*(?:buka|tutup|tampilkan|sembunyikan|show|hide|"
        r"toggle)\s*[\])]?)*\s*:?",
        "Daftar Isi Buka",
        "Daftar isi buku itu memuat dua belas bab.",
    ),
    # --- invitations
    _rule(
        "updates",
        RuleScope.LINE,
        r"(?:dapatkan|temukan|ikuti|cek|baca|simak|silakan\s+baca|nikmati|update|follow|kunjungi|"
        r"jangan\s+(?:sampai\s+)?(?:lewatkan|ketinggalan)|yuk)\b.{0,220}"
        r"(?:google\s*news|whats\s*app|telegram|(?:di|lewat|melalui)\s+(?:kanal|saluran|channel|"
        r"aplikasi)|breaking\s*news|newsletter|(?:kotak\s+)?(?:surel|surat\s+elektronik)(?:mu|anda)?\b|setiap\s+hari\s+dari|mari\s+bergabung|"
        r"instagram\s+@|facebook\s+@|twitter\s+@|tiktok\s+@|followers?).*",
        "Dapatkan update berita pilihan setiap hari. Mari bergabung di Grup Telegram Contoh.",
        "Dapatkan kartu itu di loket stasiun mulai besok pagi.",
    ),
    _rule(
        "join",
        RuleScope.LINE,
        r"(?:mari\s+|ayo\s+|yuk,?\s+)?(?:bergabung|gabung|join|follow|berlangganan|"
        r"langganan)\b.{0,140}(?:telegram|whatsapp|google\s+news|channel|kanal|newsletter|\+\b|"
        r"email).*",
        "Mari bergabung di kanal WhatsApp Contoh",
        "Gabung dengan tim itu sejak Mei, ia langsung mencetak gol.",
    ),
    _rule(
        "no-ads-offer",
        RuleScope.LINE,
        r"baca\s+berita\s+tanpa\s+iklan.*|.{0,40}(?:add\s+as\s+a\s+)?preferred\s+source\s+(?:on|"
        r"in)\s+google\b.{0,40}|.{0,60}(?:unduh|download)\s+aplikasi\s.{0,60}(?:play\s*store|app\s*store|"
        r"di\s?sini).*",
        "Baca berita tanpa iklan. Gabung Contoh.com+",
        "Ia membaca berita itu dari telepon anaknya.",
    ),
    _rule(
        "google-source",
        RuleScope.INSIDE,
        r"\b(?:add|jadikan|tambahkan)\s+(?:.{0,30}\s)?(?:as\s+a\s+)?preferred\s+source\s+(?:on|in)\s+google\b[\s.!]*$",
        "Add as a preferred source on Google",
        "Ice cores are a preferred source on Google Scholar for the climate of the past.",
    ),
    _rule(
        "loading",
        RuleScope.LINE,
        r"(?:loading|memuat)\s*(?:\.{2,}|…)+",
        "Loading...",
        "Memuat barang di pelabuhan itu kini dikerjakan oleh derek otomatis...",
    ),
    _rule(
        "subscribe",
        RuleScope.LINE,
        r"(?:sign\s+up|subscribe|register)\b.{0,120}(?:newsletters?|updates|inbox|alerts|e-?mail|channel).{0,80}|"
        r"(?:get|receive)\b.{0,100}(?:in|to)\s+your\s+inbox.{0,80}|click\s+here\s+to\s+(?:get|"
        r"sign|subscribe|join|read|see|view|download|watch|listen)\b.{0,120}|"
        r"(?:follow|like)\s+(?:us|me|[\w ]{2,40})\s+on\s+(?:twitter|facebook|instagram|x\b|tiktok|"
        r"linkedin|google).{0,120}|(?:click\s+here\s+)?(?:get|"
        r"download)\s+the\s+[\w ]{2,30}\s+app\b.{0,40}",
        "Sign up for our newsletter to get daily updates.",
        "Readers sign up in great numbers, the publisher said on Monday.",
    ),
    _rule(
        "submit-invitation",
        RuleScope.TAIL,
        r".{0,160}(?:kisah\s+mereka\s+layak\s+dibagikan|daftarkan\s+mereka|"
        r"kirim(?:kan)?\s+(?:tulisan|artikel|foto|cerita)\s*(?:anda|mu|kamu)?\s+(?:ke|di|"
        r"melalui)).*",
        "Yuk daftarkan mereka sebagai tokoh contoh!",
        "Mereka mendaftarkan hak cipta lagu itu tahun lalu.",
    ),
    # --- who wrote, edited, published
    _rule(
        "editor",
        RuleScope.TAIL,
        r"[\s(\[]*(?:editor|penyunting|redaktur|uploader)\s*(?:bahasa|pelaksana)?\s*(?:[:|]|"
        r"\s-\s)\s*(?P<editor>[^:|]{2,60}?)[\s)\]]*",
        "Editor: Ratna Sari",
        "Editor majalah itu mengatakan edisi berikutnya tertunda.",
    ),
    _rule(
        "writer",
        RuleScope.TAIL,
        r"[\s(\[]*(?:pewarta|penulis|reporter|wartawan|kontributor|jurnalis|oleh|laporan|teks|"
        r"naskah|writer|redaktur\s*&\s*reporter)\s*(?::|\|)\s*(?P<author>[^:|]{2,60}?)[\s)\]]*",
        "Pewarta: Budi Santoso",
        "Penulis novel itu: seorang guru desa yang menulis setiap malam sehabis mengajar anak-anaknya membaca.",
    ),
    _rule(
        "credits",
        RuleScope.TAIL,
        r"[\s(\[*]*(?P<credits>(?:(?:penulis|reporter|pewarta|wartawan|kontributor|jurnalis|writer|editor|penyunting|"
        r"redaktur|rep|red|fotografer)\s*[:：]\s*[^:：]{2,60}?[\s|/;,·•&(–—-]+){1,3}"
        r"(?:penulis|reporter|pewarta|wartawan|kontributor|jurnalis|writer|editor|penyunting|redaktur|rep|red|fotografer)"
        r"\s*[:：]\s*[^:：]{2,60}?)[\s)\]]*",
        "Reporter: Budi Santoso | Editor: Ratna Sari",
        "Reporter: profesi yang jarang dipilih, kata guru itu kepada para siswa yang hadir.",
    ),
    _rule(
        "writer-and-editor",
        RuleScope.TAIL,
        r"(?i:penulis|reporter|pewarta)\s*[:|]?\s*(?P<author>[A-ZÀ-Þ][\w'’.]*(?: [A-ZÀ-Þ][\w'’.]*){0,4})\s+"
        r"(?i:editor|redaktur|penyunting)\s*[:|]?\s*(?P<editor>[A-ZÀ-Þ][\w'’.]*(?: [A-ZÀ-Þ][\w'’.]*){0,4})",
        "Penulis Budi Santoso Editor Ratna Sari",
        "Penulis Budi dan editor Ratna bertemu di Jakarta.",
        case=True,
    ),
    _rule(
        "writer-top",
        RuleScope.HEAD,
        r"[\s(\[]*(?:(?:laporan\s+)?(?:wartawan|reporter|jurnalis|kontributor)\s+[\w.]{3,30}(?:\s*(?:\.com)?[,:]\s*)|"
        r"(?:laporan|pewarta|penulis|reporter|oleh)\s*(?::|\|)\s*)(?P<author>[^:|.]{3,50})[\s)\]]*",
        "Laporan Wartawan Contohnews.com, Budi Santoso",
        "Laporan wartawan di lapangan menyebut hujan turun sejak pagi, dan warga mengungsi ke balai desa.",
    ),
    _rule(
        "role-list",
        RuleScope.TAIL,
        r"(?:tim\s+redaksi|penulis|editor|reporter|redaktur|pewarta|sumber|fotografer|videografer)\s*:?",
        "Tim Redaksi",
        "Tim redaksi memilih sepuluh foto.",
    ),
    _rule(
        "role-value",
        RuleScope.TAIL,
        r"\s*:\s*[\w.'’ -]{2,50}",
        ": Aditya Contoh",
        "Skor akhir 2 : 1 untuk tuan rumah.",
    ),
    _rule(
        "copyright",
        RuleScope.LINE,
        r"(?:.{0,30}(?:copyright|hak\s+cipta\s+(?:dilindungi|©|\d)|©|\(c\)).{0,60}(?:(?:19|20)\d\d|"
        r"all\s+rights?\s+reserved|antara).{0,160}|.{0,40}all\s+rights?\s+reserved\.?.{0,40}|"
        r"dilarang\s+keras\s+mengambil\s+konten.*|©\s*[\w .,/-]{2,60})",
        "COPYRIGHT © ANTARA 2026",
        "Sengketa hak cipta lagu itu dimulai pada 2019 dan belum selesai.",
    ),
    _rule(
        "source",
        RuleScope.TAIL,
        r"[\s(\[]*(?:sumber|source|referensi|dikutip\s+dari|dilansir\s+dari|via)\s*(?:berita|"
        r"artikel|foto|gambar|tulisan)?\s*(?::|\|)\s*\S.{0,140}",
        "Sumber: The Contoh Times",
        "Sumber daya alam itu milik bersama.",
    ),
    _rule(
        "published-elsewhere",
        RuleScope.LINE,
        r"(?:\(?\s*)?(?:artikel|tulisan|berita|konten)\s+(?:ini|asli|berikut)?\s*(?:telah|sudah|"
        r"pertama\s+kali|lebih\s+dulu|pernah)\s*(?:pertama\s+kali\s+)?(?:tayang|terbit|naik|"
        r"dimuat|diterbitkan|dipublikasikan|diunggah|dirilis)\b.*",
        'Artikel ini telah tayang di Contoh.com dengan judul "Kabar dari Timur"',
        "Artikel ilmiah itu telah ditolak dua jurnal sebelum akhirnya diterima di jurnal ketiga tahun ini.",
    ),
    _rule(
        "update-notice",
        RuleScope.TAIL,
        r"(?:catatan\s+redaksi|(?:artikel|berita)\s+ini\s+(?:telah\s+)?(?:diperbarui|diperbaharui|"
        r"dikoreksi|disunting)|diperbarui|updated?)\s*(?::|\b(?:pada|dengan|at|on)\b).*|"
        r"(?:diperbarui|updated)\s+\d.*",
        "Catatan redaksi: Artikel ini diperbarui pukul 10.00.",
        "Peranti lunak itu diperbarui dua kali sebulan oleh pengembangnya.",
    ),
    _rule(
        "reporter-of",
        RuleScope.TAIL,
        r"\(?\s*(?P<credits>(?:reporter|sumber|penulis|editor|pewarta)\s*:?\s*[^:|]{2,60}(?:/|\|)\s*[\w. ]{2,40})\)?",
        "Reporter: Budi Santoso/Contoh.com",
        "Reporter itu menulis dari Ambon.",
    ),
    # --- captions
    _rule(
        "caption-credit",
        RuleScope.LINE,
        r"(?=.{5,320}$)(?:.*[\s(\[/.])?(?:(?:foto|photo|gambar|ilustrasi|sumber\s*(?:foto|gambar)|image|kredit|"
        r"courtesy|credit|sumber)\s*(?::|：|by\s|oleh\s|courtesy\s)|(?:dok|doc)\s*[.:])\s*[^.:\n]{1,70}"
        r"(?:\.(?:com|co\.id|id|net|org))?(?:/[^.\n]{1,60})?[\s)\].]*",
        "Suasana gerai baru di pusat kota. (Foto: Dok. Contoh)",
        "Ia belajar sejarah dari berbagai sumber. Bukan dari satu buku.",
    ),
    _rule(
        "caption-agency",
        RuleScope.LINE,
        r"(?=.{5,320}$).*\(\s*(?:antara(?:\s*foto)?|afp|ap(?:\s*photo)?|reuters|getty\s*images?|"
        r"istimewa|ist|shutterstock|unsplash|pexels|pixabay|freepik|"
        r"instagram|twitter|facebook|youtube|epa(?:-efe)?|xinhua|dok(?:umentasi)?|tribun\w*|"
        r"kompas\w*|liputan6\w*|detik\w*|okezone\w*|tempo\w*|republika\w*|merdeka\w*|ilustrasi|"
        r"screenshot|tangkapan\s+layar)"
        r"(?:[\s./:,@][^)]{0,70})?\)\s*(?:foto\s*:.*)?",
        "Pengunjung mencoba kacamata pintar. (ANTARA FOTO/Budi Santoso)",
        "Serikat itu bernama Asosiasi Pers (AP).",
    ),
    _rule(
        "caption-copyright",
        RuleScope.LINE,
        r"(?=.{4,320}$)[^.!?]*(?:\.\s*)?(?:©|\(c\)(?=\s*(?:\d|(?-i:[A-Z])))|&copy;|/\s?copyright\b|"
        r"\bcopyright\s+(?=©|\(c\)|\d|by\b))\s*.{2,80}",
        "Layar lipat itu dipamerkan. ©2026 Contoh.com",
        "Apakah lagu buatan mesin itu melanggar copyright penyanyinya?",
    ),
    _rule(
        "illustration",
        RuleScope.LINE,
        r"(?:ilustrasi|foto|image|gambar|grafis|infografis|infographic)\s+[^.!?]{3,140}[(/].{2,60}\)?",
        "Ilustrasi belanja daring (Istimewa)",
        "Ilustrasi buku itu digambar tangan oleh dua seniman muda dari Bandung.",
    ),
    _rule(
        "photo-label",
        RuleScope.LINE,
        r"(?:lihat\s+foto|perbesar|zoom[\s-]*in.{0,20}|klik\s+gambar.{0,40}|foto\s*:?|photo\s*:?|"
        r"ilustrasi|image|caption|lihat\s+galeri.{0,20}|\d+\s*foto|view\s+(?:gallery|"
        r"image).{0,20})",
        "Perbesar",
        "Foto keluarga itu dipajang di ruang tamu.",
    ),
    # --- around the article
    _rule(
        "related",
        RuleScope.CUT,
        r"[\s#*•-]*(?:(?:berita|artikel|foto|video|topik|konten|posting\w*|baca(?:an)?|tag|"
        r"tulisan)\s+(?:terkait|lainnya|lain|terpopuler|populer|rekomendasi|menarik|pilihan|"
        r"selanjutnya|terbaru)(?:\s+lainnya)?|"
        r"related(?:\s+(?:articles?|posts?|stories|news|topics|content|items|coverage))|"
        r"more\s+(?:from|stories|news|on\s+this)(?:\s+.{0,40})?|you\s+(?:may|"
        r"might)\s+(?:also\s+)?(?:like|be\s+interested).{0,30}|"
        r"recommended(?:\s+(?:for\s+you|stories|articles))?|terpopuler|terkini|most\s+(?:read|"
        r"popular)|trending(?:\s+now)?|lagi\s+trending|rekomendasi(?:\s+untuk\s+\w+)?|"
        r"jangan\s+lewatkan\W*|mungkin\s+.{0,20}yang\s+(?:anda|kamu)\s+(?:cari|suka)|"
        r"kumpulan\s+berita\b.{0,60}|tag(?:s|\s+terkait)?\s*:?|topik\s*:?|kata\s+kunci\s*:?|"
        r"terkait\s*:?|don['’]t\s+miss|next\s+(?:article|post|story).{0,120}|"
        r"previous\s+(?:article|post|story).{0,120}|recent\s+posts?|read\s+(?:next|more)\s*:?|"
        r"what\s+to\s+read\s+next)\W*",
        "Berita Terkait",
        "Berita terkait penutupan pabrik itu menyebar cepat di kalangan buruh.",
    ),
    _rule(
        "share",
        RuleScope.LINE,
        r"(?:(?:share|bagikan|sebarkan|tweet|facebook|twitter|whatsapp|telegram|linkedin|"
        r"pinterest|line|email|copy\s*link|salin\s*(?:tautan|link)|print|cetak|"
        r"link\s+successfully\s+copied|shares?|"
        r"like\s+this|share\s+this|artikel\s+ini|halaman\s+ini|on|ke|di|this|to|berita|"
        r"via)\b[\s:,|.!]*+|(?::|\+|\||,|\d++)[\s:,|.!]*+){1,14}",
        "Share this: Facebook Twitter WhatsApp",
        "Bagikan makanan itu kepada tetangga.",
    ),
    _rule(
        "icon-name",
        RuleScope.LINE,
        r"(?:(?:copy-link|more-vertical|more-horizontal|zoom-in|sosmed|chevron|arrow|icon)(?:-[a-z]+)*+\s*+(?:perbesar\s*+)?)+",
        "copy-link-circle",
        "Ikon zoom-in-white itu dipakai di seluruh aplikasi.",
    ),
    _rule(
        "reading-time",
        RuleScope.LINE,
        r"(?:waktu\s+)?baca\s*:?\s*\d+\s+(?:detik|menit)|\d+\s+(?:menit|min(?:ute)?s?)\s+(?:(?:waktu\s+)?baca|membaca|read)",
        "Baca 10 detik",
        "Baca 10 menit sehari sudah cukup, kata guru itu.",
    ),
    _rule(
        "site-list-head",
        RuleScope.LINE,
        r"(?:berita\s+)?terkini\s+lainnya|tautan\s+sahabat|baca\s+e-?paper(?:\s+\w+)?",
        "Terkini Lainnya",
        "Kabar terkini lainnya datang dari pelabuhan itu.",
    ),
    _rule(
        "no-comments",
        RuleScope.LINE,
        r"belum\s+ada\s+komentar\b.{0,80}|no\s+comments\s+yet\b.{0,60}",
        "Belum ada komentar. Jadilah yang pertama berkomentar!",
        "Belum ada tanggapan resmi dari perusahaan itu.",
    ),
    _rule(
        "list-time",
        RuleScope.LINE,
        r"(?:[\w &/]{2,30}\s*[|•·]\s*)?\d+\s+(?:detik|menit|jam|hari|minggu|bulan)(?:\s+\d+\s+(?:menit|jam|hari))?"
        r"\s+(?:yang\s+)?lalu\W*",
        "Industri| 3 Jam 11 Menit lalu",
        "3 jam lalu hujan turun di Bandung.",
    ),
    _rule(
        "comments",
        RuleScope.CUT,
        r"(?:leave\s+a\s+(?:reply|comment)|(?:tinggalkan|tulis|kirim|beri(?:kan)?|isi|add\s+a|"
        r"write\s+a|post\s+a|join\s+the)\s*(?:sebuah\s+)?(?:balasan|komentar|comment|conversation|"
        r"discussion)|komentari\s+artikel|"
        r"(?:\d+\s+)?(?:komentar|comments?|responses?|tanggapan)(?:\s+(?:pembaca|anda))?\s*(?::|"
        r"\(\d+\))?|batal(?:kan)?\s+balasan|cancel\s+reply|"
        r"(?:login|log\s*in|masuk|sign\s+in)\s+(?:untuk|to)\s+(?:ber|leave|post|mem|"
        r"komentar).{0,40}|discussion\s+policy|be\s+the\s+first\s+to\s+comment|"
        r"jadilah\s+yang\s+pertama.{0,60}|view\s+comments?|load\s+more\W*|"
        r"please\s+enable\s+javascript.{0,80}|comments?\s+(?:are\s+)?(?:closed|off)\W*)\b.{0,60}",
        "TINGGALKAN KOMENTAR",
        "Komentar wasit sesudah laga itu memicu perdebatan panjang di antara penggemar kedua tim yang bertanding.",
    ),
    _rule(
        "comment-form",
        RuleScope.LINE,
        r"(?:(?:please|silakan|mohon|harap)\s+(?:enter|masukkan|isi(?:kan)?|"
        r"tulis(?:kan)?)\s+(?:your|a|an|nama|email|e-mail|surel|komentar|alamat).{0,80}|"
        r"you\s+have\s+entered\s+an\s+incorrect\s+email.{0,40}|"
        r"anda\s+(?:telah\s+)?memasukkan\s+alamat\s+(?:email|surel).{0,60}|(?:save\s+my\s+name|"
        r"simpan\s+nama).{0,140}|(?:your\s+email\s+address\s+will\s+not\s+be\s+published|"
        r"alamat\s+(?:email|surel)\s+anda\s+tidak\s+akan\s+dipublikasikan).*|"
        r"(?:ruas|required\s+fields).{0,60}(?:wajib|marked).{0,20}|(?:comment|komentar|nama|name|"
        r"e-?mail|surel|website|situs(?:\s+web)?)\s*:?\s*\*?\s*:?|(?:kirim|post|"
        r"submit)\s+(?:komentar|comment)|this\s+site\s+uses\s+akismet.*|"
        r"learn\s+how\s+your\s+comment\s+data.*|"
        r"(?:ingatlah\s+untuk\s+menjaga\s+komentar|"
        r"(?:disclaimer\s*:\s*)?komentar\s+adalah\s+tanggapan\s+pribadi).*|(?:leave\s+a\s+reply|"
        r"tinggalkan\s+(?:balasan|komentar)|batal(?:kan)?\s+balasan|cancel\s+reply)(?:\s.{0,40})?|"
        r"\d+\s+(?:komentar|comments?)|(?:balas|reply)|notify\s+me\s+of.{0,60}(?:comments?|"
        r"posts?).{0,20}|beritahu\s+saya.{0,60}(?:komentar|pos).{0,30})",
        "Save my name, email, and website in this browser for the next time I comment.",
        "Nama kapal itu diberikan oleh presiden.",
    ),
    _rule(
        "tag-line",
        RuleScope.TAIL,
        r"(?:tags?|topik|kata\s+kunci|keywords?|label)\s*:\s*\S.{0,200}|(?:posted\s+in|"
        r"filed\s+under|kategori|category)\s*:?\s*\S.{0,80}|(?:#\w[\w-]*[\s,]*)+",
        "Tags: gawai, kamera, ulasan",
        "Topik pembicaraan mereka berganti-ganti sepanjang malam.",
    ),
    _rule(
        "php-notice",
        RuleScope.LINE,
        r"(?:(?:php\s+)?(?:notice|warning|deprecated|fatal\s+error|"
        r"parse\s+error))\s*:\s*.{3,240}(?:\bon\s+line\b.{0,20}|\bin\b.{0,160})?|"
        r".{0,20}/(?:public_html|wp-content|htdocs)/.{0,160}|on\s+line\s+\d+",
        "Notice: Undefined variable: contoh in /home/contoh/public_html/tema.php on line 83",
        "Warning bagi calon presiden datang dari para pemilih muda.",
    ),
    _rule(
        "video-label",
        RuleScope.TAIL,
        r"(?:live\s+streaming|livestreaming\b.{0,60}|\*?\s*fakta\s+atau\s+hoaks\?.*|"
        r"saksikan\s+.{0,60}(?:berikut|di\s*bawah|pilihan|ini)\b.{0,40}|video\s+pilihan.{0,40}|"
        r".{0,20}video\s+pilihan\s+(?:di\s+bawah|berikut)\s*(?:ini)?\s*:?)",
        "Saksikan Video Pilihan di Bawah Ini:",
        "Saksikan pertandingan itu langsung di stadion, pesan panitia kepada warga.",
    ),
    _rule(
        "byline-date",
        RuleScope.HEAD,
        r"(?:[\w .|/-]{1,40}[\s|])??(?:(?:senin|selasa|rabu|kamis|jum['’]?at|sabtu|minggu|"
        r"ahad)\s*,\s*)?\d{1,2}[ /-](?:\w{3,9}|"
        r"\d{1,2})[ /-]\d{4}\W{0,4}(?:\d{1,2}[:.]\d{2}(?:[:.]\d{2})?)?\s*(?:wib|wita|"
        r"wit)?(?:.{0,30}|\s+-\s.{0,120}[^.])",
        "Selasa, 23 Februari 2026, 17:15 WIB",
        "Pada 23 Februari 2026 ia kembali ke kampung halamannya.",
    ),
    _rule(
        "byline",
        RuleScope.HEAD,
        r"(?:oleh|by|penulis|reporter|pewarta|wartawan|written\s+by|ditulis\s+oleh|posted\s+(?:by|"
        r"on)|published(?:\s+on)?|updated|diperbarui|diterbitkan|dipublikasikan)\b\s*:?\s.{2,80}",
        "Oleh Budi Santoso pada 21 Jul 2026, 07:00 WIB",
        "Oleh karena itu, pemerintah menunda pembukaan bandara baru tersebut sampai tahun depan.",
    ),
    _rule(
        "shortcode",
        RuleScope.INSIDE,
        r"\[/?(?:button|caption|gallery|embed|audio|video|playlist|vc_\w+|et_pb\w*|ads?|su_\w+|"
        r"td_\w+|tdb_\w+|contact-form\w*)(?:\s[^\]]{0,300})?\]",
        '[caption id="attachment_12" align="aligncenter"]',
        "Kata itu [sic] dikutip apa adanya.",
    ),
    _rule(
        "script-needed",
        RuleScope.LINE,
        r"this\s+slideshow\s+requires\s+javascript\.?|(?:silakan\s+)?(?:aktifkan|"
        r"enable)\s+javascript\b.{0,80}|your\s+browser\s+does\s+not\s+support\b.{0,80}|"
        r"like\s+this\s+story\?.{0,60}",
        "This slideshow requires JavaScript.",
        "Bahasa JavaScript dipakai oleh tujuh dari sepuluh situs.",
    ),
    # --- the end of the text
    _rule(
        "signature",
        RuleScope.LAST,
        r"(?P<author>[A-ZÀ-Þ][A-ZÀ-Þ'’.]+(?: [A-ZÀ-Þ][A-ZÀ-Þ'’.]*){1,3})",
        "BUDI SANTOSO",
        "PT Telkom",
        case=True,
    ),
    _rule(
        "slogan",
        RuleScope.TAIL,
        r"#[a-z]\w+(?:\s+\S+){0,5}",
        "#BeraniMencoba bersama Contoh",
        "# Langkah kedua adalah membuka pengaturan",
    ),
    _rule(
        "signed-end",
        RuleScope.END,
        r"(?<=[.!?…\"”'’»)\]])\s*(?P<desk_code>[(\[]\s*(?:\*+\s*/\s*|(?:[Dd]itulis|[Dd]ilaporkan)\s+[Oo]leh\s*:?\s*)"
        r"(?:[A-ZÀ-Þ][\w.'’-]*\s?){1,5}[)\]])\s*$",
        "Demikian keterangannya. (Ditulis oleh Budi Santoso)",
        "Novel itu terkenal (ditulis oleh seorang guru desa).",
        case=True,
    ),
    _rule(
        "signed",
        RuleScope.TAIL,
        r"\s*(?P<desk_code>[(\[]\s*\*+\s*/\s*(?:[A-ZÀ-Þ][\w.'’-]*\s?){1,5}[)\]]|"
        r"[(\[]?\s*(?:[Dd]itulis|[Dd]ilaporkan|[Dd]isusun)\s+[Oo]leh\s*:?\s*(?:[A-ZÀ-Þ][\w.'’-]*\s?){1,5}[)\]]?)\s*",
        "(***/Rani Lestari)",
        "(Perserikatan itu ditulis oleh Budi)",
        case=True,
    ),
    _rule(
        "desk-code",
        RuleScope.END,
        r"(?:(?<=[.!?…\"”'’»)\]])|"
        r"(?<=\w)(?=\s*[(\[]\w{2,5}/))\s*(?P<desk_code>[(\[]\s*(?:(?:[a-z]{2,5}|[A-Z]{2,4}|"
        r"[A-Z][a-z]{1,3}|\*+|[A-Za-z]{1,3}-?\d{1,2}|[A-Za-z]{2,4}\d)"
        r"|(?:[\w*.-]{1,12}\s?/\s?){1,3}[\w*.-]{1,16}(?:\s[\w.]{1,12})?)\s*[)\]])\s*$",
        "Demikian keterangannya. (fyk/agt)",
        "Lembaga itu bernama Perserikatan Bangsa-Bangsa (PBB).",
        case=True,
    ),
    _rule(
        "desk-code-line",
        RuleScope.TAIL,
        r"\s*(?P<desk_code>[(\[]\s*(?:[\w*.-]{1,16}(?:\s?[/|,&-]\s?[\w*.-]{1,16}){0,3}|"
        r"(?:[A-Z][\w.'’]+\s?){1,4})\s*[)\]])\s*(?:\[.*\])?",
        "(fyk/agt)",
        "(Bersambung ke bagian kedua dari tiga tulisan)",
    ),
    _rule(
        "end-mark",
        RuleScope.END,
        r"\s*(?:\*{2,}|#{2,}|-\s?(?:o0o|0|end)\s?-|\[\*\]|\(\*+\)|■|▪|●|◼|∎)\s*$",
        "Pameran itu dibuka sampai Ahad.***",
        "Nilainya 4 bintang *",
    ),
    _rule(
        "punctuation",
        RuleScope.LINE,
        r"[\W_]+",
        "-",
        "7",
    ),
)


def rules_named(*names: str) -> tuple[Rule, ...]:
    """Return the rules with these names."""
    return tuple(rule for rule in RULES if rule.name in names)

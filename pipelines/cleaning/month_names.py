"""Names of months that pages print: of Indonesian and English in all spellings, and of other languages."""

INDONESIAN_AND_ENGLISH = (
    ("januari", "january", "jan"),
    ("februari", "february", "pebruari", "febuari", "feb", "peb"),
    ("maret", "march", "mar", "mrt"),
    ("april", "apr"),
    ("mei", "may"),
    ("juni", "june", "jun"),
    ("juli", "july", "jul"),
    ("agustus", "august", "agust", "agus", "agu", "ags", "agt", "agst", "agts", "ag", "aug"),
    ("september", "sept", "sep"),
    ("oktober", "october", "okt", "oct"),
    ("november", "nopember", "nov", "nop"),
    ("desember", "december", "des", "dec"),
)

OTHER_LANGUAGES = (
    "ene enero gen gener gennaio ian ianuarie jaanuar janeiro januar január januára janv janvier leden ledna oca "
    "ocak sty styczeń stycznia tammi tammikuu tammikuuta ιαν ιανουάριος ιανουαρίου січ січень січня янв январь "
    "января яну януари",
    "febbraio febr febrer febrero februar februarie február februára fev fevereiro fevrier févr février helmi "
    "helmikuu helmikuuta lut lutego luty veebruar únor února şub şubat φεβ φεβρουάριος φεβρουαρίου лют лютий "
    "лютого фев февр февраль февраля февруари",
    "březen března maalis maaliskuu maaliskuuta maart marca marec mars mart martie marts marzec marzo març março "
    "márc március mär märts märz μάρ μάρτιος μαρ μαρτίου бер березень березня мар март марта",
    "abr abril aprile aprilie aprill apríl apríla avr avril duben dubna huhti huhtikuu huhtikuuta kwi kwiecień "
    "kwietnia nis nisan ápr április απρ απρίλιος απριλίου апр апрель апреля април квіт квітень квітня",
    "květen května mag maggio mai maig maio maj maja mayo mayıs máj mája május touko toukokuu toukokuuta μάι "
    "μάιος μαΐ μαΐου май мая трав травень травня",
    "cze czerwca czerwiec giu giugno haz haziran iun iunie juin junho junij junio juny juuni jún júna június kesä "
    "kesäkuu kesäkuuta červen června ιουν ιουνίου ιούν ιούνιος июн июнь июня черв червень червня юни",
    "heinä heinäkuu heinäkuuta iul iulie juil juillet julho julij julio juliol juuli júl júla július lip lipca "
    "lipiec lug luglio tem temmuz července červenec ιουλ ιουλίου ιούλ ιούλιος июл июль июля лип липень липня юли",
    "ago agost agosto aout août augusta augusti augustus augusztus avg avgust ağu ağustos elo elokuu elokuuta sie "
    "sierpień sierpnia srpen srpna αυγ αυγούστου αύγ αύγουστος авг август августа серп серпень серпня",
    "eyl eylül septembra septembre septembrie septiembre set setembre setembro settembre syys syyskuu syyskuuta "
    "szept szeptember wrz wrzesień września září σεπ σεπτέμβριος σεπτεμβρίου вер вересень вересня сент сентябрь "
    "сентября сеп септември",
    "eki ekim loka lokakuu lokakuuta octobre octombrie octubre oktoober október októbra ott ottobre out outubro "
    "paź październik października říjen října οκτ οκτωβρίου οκτώβριος жовт жовтень жовтня окт октомври октябрь "
    "октября",
    "kas kasım lis listopad listopada listopadu marras marraskuu marraskuuta noiembrie novembra novembre novembro "
    "noviembre νοέ νοέμβριος νοε νοεμβρίου лист листопад листопада ное ноември нояб ноябрь ноября",
    "ara aralık decembra decembre decembrie desembre detsember dez dezember dezembro dic dicembre diciembre déc "
    "décembre gru grudnia grudzień joulu joulukuu joulukuuta prosince prosinec δεκ δεκέμβριος δεκεμβρίου груд "
    "грудень грудня дек декабрь декабря декември",
)
"""The names in CLDR 47, in full and shortened, as in dates and alone, in 23 languages of Europe, in lower case, without
points. Three French ones are without their accents as well."""

MONTH_NUMBERS = {
    name: number
    for number, (names, others) in enumerate(zip(INDONESIAN_AND_ENGLISH, OTHER_LANGUAGES, strict=True), start=1)
    for name in (*names, *others.split())
}

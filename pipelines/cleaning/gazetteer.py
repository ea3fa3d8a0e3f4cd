"""Names of places in datelines: Indonesia's provinces, cities and regencies, and the cities of the world that
Indonesian media report from.
"""

INDONESIA = """
Aceh|Agam|Alor|Ambon|Asahan|Asmat|Badung|Balangan|Bali|Balikpapan|Banda Aceh|Bandar Lampung|Bandung|Bandung Barat|
Banggai|Bangka|Bangka Belitung|Bangkalan|Bangli|Banjar|Banjarbaru|Banjarmasin|Banjarnegara|Bantaeng|Bantul|Banten|
Banyuasin|Banyumas|Banyuwangi|Barito|Barru|Batam|Batang|Batu|Baubau|Bekasi|Belitung|Belu|Bener Meriah|Bengkalis|
Bengkulu|Berau|Biak|Bima|Binjai|Bintan|Bireuen|Bitung|Blitar|Blora|Boalemo|Bogor|Bojonegoro|Bolaang Mongondow|Bombana|
Bondowoso|Bone|Bontang|Boyolali|Brebes|Bukittinggi|Bulukumba|Buleleng|Buton|Ciamis|Cianjur|Cibinong|Cikampek|Cikarang|
Cilacap|Cilegon|Cimahi|Cirebon|Dairi|Deli Serdang|Demak|Denpasar|Depok|Dharmasraya|Dompu|Donggala|DI Yogyakarta|DIY|
DKI Jakarta|Dumai|Ende|Enrekang|Fakfak|Flores|Flores Timur|Garut|Gayo|Gianyar|Gorontalo|Gowa|Gresik|Grobogan|
Gunung Kidul|Gunungkidul|Gunungsitoli|Halmahera|Halmahera Utara|IKN|Indragiri Hilir|Indragiri Hulu|Indramayu|Jakarta|
Jakarta Barat|Jakarta Pusat|Jakarta Selatan|Jakarta Timur|Jakarta Utara|Jambi|Jawa Barat|Jawa Tengah|Jawa Timur|
Jayapura|Jayawijaya|Jember|Jembrana|Jeneponto|Jepara|Jimbaran|Jogja|Jogjakarta|Jombang|Kalimantan|Kampar|Kapuas|
Karanganyar|Karangasem|Karawang|Karimun|Karo|Kebumen|Kediri|Kendal|Kendari|Kepahiang|Kepri|Kerinci|Ketapang|Klaten|
Klungkung|Kolaka|Konawe|Kota Batu|Kotabaru|Kotamobagu|Kuantan Singingi|Kubu Raya|Kudus|Kulon Progo|Kulonprogo|
Kuningan|Kupang|Kuta|Kutai Kartanegara|Kutai Timur|Labuan Bajo|Labuhanbatu|Lahat|Lamongan|Lampung|Lampung Selatan|
Lampung Tengah|Lampung Timur|Lampung Utara|Landak|Langkat|Langsa|Larantuka|Lebak|Lembata|Lhokseumawe|Lombok|
Lombok Barat|Lombok Tengah|Lombok Timur|Lombok Utara|Lubuklinggau|Lumajang|Luwu|Madiun|Madura|Magelang|Magetan|
Majalengka|Majene|Makassar|Malang|Malinau|Maluku|Maluku Utara|Mamasa|Mamuju|Manado|Mandailing Natal|Manggarai|
Manggarai Barat|Manokwari|Maros|Martapura|Mataram|Maumere|Medan|Mempawah|Merangin|Merauke|Meulaboh|Mimika|Minahasa|
Mojokerto|Morotai|Morowali|Muara Enim|Muna|Murung Raya|Musi Banyuasin|Musi Rawas|Nabire|Nagan Raya|Nagekeo|Natuna|
Nganjuk|Ngawi|Nias|NTB|NTT|Nunukan|Nusa Dua|Nusantara|Ogan Ilir|Ogan Komering Ilir|Pacitan|Padang|Padang Pariaman|
Padangpanjang|Padangsidimpuan|Pagar Alam|Palangka Raya|Palangkaraya|Palembang|Palopo|Palu|Pamekasan|Pandeglang|
Pangandaran|Pangkajene|Pangkalan Bun|Pangkalpinang|Papua|Papua Barat|Parepare|Pariaman|Parigi Moutong|Pasaman|
Pasuruan|Pati|Payakumbuh|Pekalongan|Pekanbaru|Pemalang|Pematangsiantar|Pidie|Pinrang|Polewali Mandar|Ponorogo|
Pontianak|Poso|Prabumulih|Pringsewu|Probolinggo|Purbalingga|Purwakarta|Purwokerto|Purworejo|Raja Ampat|Rejang Lebong|
Rembang|Riau|Rokan Hilir|Rokan Hulu|Rote Ndao|Sabang|Salatiga|Samarinda|Sambas|Samosir|Sampang|Sampit|Sanggau|Sanur|
Sawahlunto|Sekadau|Semarang|Seram|Serang|Serdang Bedagai|Serpong|Siak|Sibolga|Sidoarjo|Sidrap|Sigi|Sijunjung|Sikka|
Simalungun|Singaraja|Singkawang|Singkil|Sinjai|Sintang|Situbondo|Slawi|Sleman|Solo|Solok|Soppeng|Sorong|Sragen|Subang|
Subulussalam|Sukabumi|Sukoharjo|Sulawesi|Sulawesi Selatan|Sulawesi Tenggara|Sumatera|Sumatera Barat|Sumatera Selatan|
Sumatera Utara|Sumba|Sumbawa|Sumedang|Sumenep|Surabaya|Surakarta|Tabalong|Tabanan|Takalar|Tanah Datar|Tanah Laut|
Tana Toraja|Tangerang|Tangerang Selatan|Tangsel|Tanjung Pinang|Tanjungbalai|Tanjungpinang|Tanjung Selor|Tanjungselor|
Tapanuli|Tapanuli Tengah|Tapanuli Utara|Tarakan|Tasikmalaya|Tebing Tinggi|Tegal|Temanggung|Ternate|Tidore|Timika|Toba|
Tolitoli|Toraja|Trenggalek|Tual|Tuban|Tulang Bawang|Tulungagung|Ubud|Ungaran|Wajo|Wakatobi|Wamena|Way Kanan|Wonogiri|
Wonosari|Wonosobo|Yogyakarta|Yogya|Kabupaten Bandung|Kabupaten Bekasi|Kabupaten Bogor|Kabupaten Tangerang|Kota Bekasi|
Kota Bogor|Kota Tangerang|Kota Bandung|Solo Raya|Bali Utara|Pulau Seribu|Kepulauan Seribu|Kepulauan Riau|Kapuas Hulu|
Kukar|Jabar|Jateng|Jatim|Sulsel|Sumut|Sumsel|Sumbar|Kalbar|Kalsel|Kaltim|Kalteng|Kaltara
"""

WORLD = """
Abu Dhabi|Addis Ababa|Amman|Amsterdam|Ankara|Athena|Auckland|Baghdad|Bandar Seri Begawan|Bangkok|Barcelona|Beijing|
Beirut|Bengaluru|Berlin|Bern|Bogota|Boston|Brasilia|Brisbane|Brussel|Brussels|Budapest|Buenos Aires|California|
Canberra|Cape Town|Chicago|Cupertino|Damaskus|Davos|Delhi|Den Haag|Dhaka|Dili|Doha|Dubai|Dublin|Frankfurt|Gaza|
Guangzhou|Hamburg|Hangzhou|Hanoi|Havana|Helsinki|Ho Chi Minh|Hong Kong|Houston|Islamabad|Istanbul|Jeddah|Jenewa|
Johannesburg|Kabul|Kairo|Karachi|Kiev|Kolombo|Kopenhagen|Kuala Lumpur|Kyiv|Kyoto|Lagos|Las Vegas|Lisbon|London|
Los Angeles|Madinah|Madrid|Makkah|Manchester|Manila|Mekah|Mekkah|Melbourne|Mexico City|Miami|Milan|Moskow|Moskwa|
Mountain View|Mumbai|Munich|München|Nairobi|Naypyidaw|New Delhi|New York|Osaka|Oslo|Ottawa|Paris|Perth|Phnom Penh|
Praha|Pretoria|Pyongyang|Ramallah|Redmond|Rio de Janeiro|Riyadh|Roma|San Francisco|San Jose|Santiago|Seattle|Seoul|
Shanghai|Shenzhen|Silicon Valley|Singapura|Singapore|Stockholm|Sydney|Taipei|Teheran|Tel Aviv|Tianjin|Tokyo|Toronto|
Tripoli|Tunis|Vatikan|Vatican|Vancouver|Vientiane|Warsawa|Washington|Washington DC|Wellington|Wina|Wuhan|Yangon|
Yerusalem|Zurich
"""

PLACES = frozenset(
    " ".join(name.split()).casefold()
    for names in (INDONESIA, WORLD)
    for name in names.replace("\n", "").split("|")
    if name
)
"""All the names, case-folded."""

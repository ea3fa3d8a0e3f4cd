"""Invented notices of one template, as an agency sends them out: all that differs is what they tell."""

PLACES = ("Tanjungwali", "Kalibaru", "Oluwa", "Watubela", "Pasirlaya", "Muarajati", "Rantedoda", "Lembayung")


def quake(number: int) -> str:
    """The notice of one of many earthquakes."""
    here, there = PLACES[number % 8], PLACES[(number * 3 + 1) % 8]
    return (
        f"Gempa bumi bermagnitudo {3 + number % 4},{number * 7 % 10} mengguncang {here} pada "
        f"{1 + number} November 2026 pukul {number * 5 % 24:02}.{number * 17 % 60:02} WIB. Pusat gempa berada di laut "
        f"pada kedalaman {5 + number * 11 % 90} kilometer, {10 + number * 13 % 120} kilometer barat daya {there}."
        "\n\nGempa tersebut tidak berpotensi tsunami. Warga diimbau tetap tenang dan tidak terpengaruh kabar yang "
        "tidak jelas sumbernya. Hindari bangunan yang retak, dan periksa rumah sebelum masuk kembali. Kabar "
        "terbaru dapat dilihat lewat aplikasi dan laman resmi badan pemantau."
    )

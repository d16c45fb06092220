"""Makes ``contract.csv``: 1,000 recipients of a clinic, a pharmacy, a shop and an agency, the same each time.

Everybody in it is invented. The British numbers are those that Ofcom keeps free for film and television. Russia, Israel
and Egypt keep none free; theirs are from blocks that look right and, as far as is known, were never given out. Send the
file to the sandbox only, never over a real number.

A few rows are wrong on purpose, to show what happens to them: see ``ODD_ROWS``.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Callable
from pathlib import Path

ROWS = 1000
TARGET = Path(__file__).with_name("contract.csv")
SEED = "qafila contract"


def _words(listed: str) -> list[str]:
    return listed.split()


NAMES = {
    "ar": (
        _words(
            "مريم أحمد يوسف ليلى عمر سلمى خالد نور حسام هالة كريم دينا طارق رنا مصطفى ياسمين محمود فرح سامي منى"
        ),
        _words("الشامي حسن عبدالله منصور السيد فؤاد الجندي رشاد البنا صبري الزيات نجيب"),
    ),
    "he": (
        _words(
            "נועה איתי מאיה יונתן תמר עומר שירה אורי יעל דניאל רוני גיא הילה אסף ליאור מיכל עידו ענבל ניר אביגיל"
        ),
        _words("לוי כהן מזרחי פרץ ביטון אזולאי פרידמן דהן מלכה אברהם שפירא ברק"),
    ),
    "ru": (
        _words(
            "Анна Иван Мария Олег Юлия Павел Елена Максим Дарья Артём Ольга Никита Ксения Роман Вера Глеб Алина"
        ),
        _words("Ким Коваленко Гринь Черных Дуб Седых Матвеенко Лысенко Белых Ткач Шевчук Бойко"),
    ),
    "en": (
        _words(
            "Olivia Noah Amelia Arthur Isla Leo Freya Oscar Maya Theo Ivy Finn Zara Hugo Erin Rhys Nadia Callum"
        ),
        _words(
            "Ashdown Pemberley Thornhill Brackley Marlowe Winslet Harrowby Fenwick Kestrel Loxley Penrose Tarrant"
        ),
    ),
}

TEXTS = {
    "ar": (
        "أهلاً {first}، نذكّرك بموعدك في عيادة النخيل يوم {day} الساعة {hour}. للتأجيل يكفي الرد على هذه الرسالة.",
        "مرحبًا {first}، وصفتك الطبية رقم {number} جاهزة للاستلام من صيدلية الواحة حتى الساعة 10 مساءً.",
        "{first}، طلبك رقم {number} وصل إلى متجر القمر، ويمكنك استلامه من الفرع. شكرًا لك 🌙",
        "السلام عليكم {first}، فاتورة شهر مايو رقم {number} بمبلغ {amount} جنيه مرفقة في حسابك لدى وكالة الأفق.",
        "صباح الخير {first}، نتائج تحاليلك جاهزة. يمكنك الاطلاع عليها في عيادة النخيل من يوم {day}.",
    ),
    "he": (
        "שלום {first}, תזכורת: התור שלך במרפאת ארז נקבע ליום {day} בשעה {hour}. לשינוי אפשר פשוט להשיב להודעה.",
        "היי {first}, המרשם שלך (מספר {number}) מחכה בבית המרקחת נווה עד 20:00.",
        'שלום {first}, הזמנה {number} מחכה לך בחנות "ירח". שעות איסוף: 9:00–19:00 🙂',
        "שלום {first}, חשבונית {number} על סך {amount} ש״ח נוספה לאזור האישי שלך בסוכנות אופק.",
        "בוקר טוב {first}, תוצאות הבדיקה שלך הגיעו. אפשר לקבוע שיחה עם הרופאה ליום {day}.",
    ),
    "ru": (
        "Здравствуйте, {first}! Напоминаем о приёме в клинике «Лотос»: {day}, {hour}. Перенести можно ответом на это сообщение.",
        "{first}, ваш рецепт № {number} готов. Ждём вас в аптеке «Оазис» до 22:00.",
        "Здравствуйте, {first}! Заказ № {number} приехал в магазин «Луна». Храним 5 дней; возьмите, пожалуйста, паспорт.",
        "{first}, добрый день! Счёт № {number} за май на {amount} ₽ — в вашем кабинете агентства «Горизонт».",
        "Доброе утро, {first}! Результаты анализов готовы.\nЗабрать их можно в клинике «Лотос» с {day}.",
    ),
    "en": (
        "Hello {first}, this is a reminder of your appointment at Cedar Clinic on {day} at {hour}. Reply here to change it.",
        "Hi {first}, your prescription {number} is ready to collect from Oasis Pharmacy until 8 pm.",
        'Hi {first}, order {number} has arrived at the "Half Moon" shop, and we will keep it for 5 days 🙂',
        "Dear {first}, invoice {number} for May (£{amount}) is in your Horizon Agency account. Thank you!",
        "Good morning {first}, your test results are in.\nThe doctor can call you on {day}; which time suits you?",
    ),
}

DAYS = {
    "ar": ("الأحد", "الاثنين", "الثلاثاء", "الأربعاء", "الخميس"),
    "he": ("ראשון", "שני", "שלישי", "רביעי", "חמישי"),
    "ru": ("18 мая", "19 мая", "20 мая", "21 мая", "22 мая"),
    "en": ("18 May", "19 May", "20 May", "21 May", "22 May"),
}

BLOCKS = {
    # Country code and the beginning of the number; the rest is drawn.
    "ar": (("20", "158", 7), ("20", "159", 7)),
    "he": (("972", "5556", 5), ("972", "5558", 5), ("972", "5559", 5), ("972", "5576", 5)),
    "ru": (("7", "972", 7), ("7", "973", 7), ("7", "974", 7), ("7", "975", 7), ("7", "976", 7)),
    "en": tuple(
        ("44", area, 3) for area in ("2079460", "1214960", "1134960", "1614960", "1314960", "1164960")
    ),
}

ARABIC_DIGITS = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


def _groups(rest: str) -> list[str]:
    return [rest[:2], rest[2:5], rest[5:]]


FORMS: tuple[Callable[[str, str], str], ...] = (
    lambda code, rest: f"+{code}{rest}",
    lambda code, rest: f"{code}{rest}",
    lambda code, rest: f"{code}{rest}",
    lambda code, rest: f"+{code} {' '.join(_groups(rest))}",
    lambda code, rest: f"+{code}-{'-'.join(_groups(rest))}",
    lambda code, rest: f"00{code}{rest}",
    lambda code, rest: f"00 {code} {' '.join(_groups(rest))}",
    lambda code, rest: f"+{code} ({rest[:3]}) {rest[3:6]}-{rest[6:]}",
    lambda code, rest: f" {code} {rest[:3]} {rest[3:]} ",
    lambda code, rest: f"+{code}.{'.'.join(_groups(rest))}",
)

REPEATED = (
    "+79721234567",
    "Анна Ткач",
    "Анна, ваш рецепт № 40117 готов. Ждём вас в аптеке «Оазис» до 22:00.",
)
TWO_TEXTS = ("+442079460958", "Maya Penrose")

ODD_ROWS: dict[int, tuple[str, str, str]] = {
    # Place in the file (0 is the first row under the heading) to the row.
    36: ("+97255", "איתי ברק", "שלום איתי, הזמנה 51002 מחכה לך בחנות."),  # too short
    118: (
        "7972I234567",
        "Олег Дуб",
        "Олег, ваш заказ № 51340 приехал в магазин «Луна».",
    ),  # a letter I for the digit 1
    203: (
        "9.72E+11",
        "תמר דהן",
        "היי תמר, המרשם שלך (מספר 40988) מחכה בבית המרקחת.",
    ),  # a spreadsheet's damage
    274: ("+201581234567 / +201591234567", "منى رشاد", "مرحبًا منى، طلبك رقم 51377 جاهز."),  # two numbers
    351: ("", "Hugo Kestrel", "Hi Hugo, order 51401 has arrived."),  # no number
    412: ("+79745550142", "Вера Седых", ""),  # no message
    498: ("0555612345", "גיא מלכה", "שלום גיא, תזכורת לתור מחר בשעה 9:00."),  # no country
    566: ("+44 7700 900123", "Ivy Loxley", "Hi Ivy, your prescription 40771 is ready."),  # not in use
    640: REPEATED,
    777: REPEATED,  # the same text to the same number: sent once
    701: (*TWO_TEXTS, "Hi Maya, order 51560 has arrived at the shop."),
    845: (
        *TWO_TEXTS,
        "Hi Maya, your invoice 30092 for order 51560 is in your account.",
    ),  # another text: sent too
}


def rows() -> list[tuple[str, str, str]]:
    """All rows under the heading ``phone,name,message``."""
    rng = random.Random(SEED)
    taken = {"79721234567", "442079460958"}
    return [ODD_ROWS.get(place) or _row(rng, taken) for place in range(ROWS)]


def _row(rng: random.Random, taken: set[str]) -> tuple[str, str, str]:
    language = rng.choices(("ar", "he", "ru", "en"), (30, 25, 35, 10))[0]
    code, rest = _number(rng, language, taken)
    phone = rng.choice(FORMS)(code, rest)
    if language == "ar" and rng.random() < 0.25:
        phone = phone.translate(ARABIC_DIGITS)
    firsts, lasts = NAMES[language]
    first, last = rng.choice(firsts), rng.choice(lasts)
    message = rng.choice(TEXTS[language]).format(
        first=first,
        day=rng.choice(DAYS[language]),
        hour=f"{rng.randint(9, 18)}:{rng.choice(('00', '15', '30', '45'))}",
        number=rng.randint(10_000, 99_999),
        amount=rng.randint(12, 480) * 5,
    )
    return phone, f"{first} {last}", message


def _number(rng: random.Random, language: str, taken: set[str]) -> tuple[str, str]:
    while True:
        code, block, size = rng.choice(BLOCKS[language])
        rest = block + f"{rng.randrange(10**size):0{size}d}"
        if code + rest not in taken:
            taken.add(code + rest)
            return code, rest


def main() -> None:
    """Writes the file beside this script."""
    with TARGET.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("phone", "name", "message"))
        writer.writerows(rows())


if __name__ == "__main__":
    main()

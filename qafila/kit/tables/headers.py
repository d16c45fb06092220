"""Which column is the phone, which the message? Header words in four languages, as people write them."""

from __future__ import annotations

import functools
import unicodedata

PHONE, MESSAGE, NAME = "phone", "message", "name"

FIELDS: dict[str, tuple[str, ...]] = {
    PHONE: (
        *(
            "phone",
            "phone number",
            "phoneNumber",
            "phones",
            "number",
            "mobile",
            "mobile number",
            "mobile phone",
            "cell",
        ),
        *(
            "cell phone",
            "tel",
            "telephone",
            "whatsapp",
            "whatsapp number",
            "wa",
            "wa_id",
            "msisdn",
            "recipient",
            "to",
        ),
        *("contact number", "phone no", "mobile no", "tel no"),
        *(
            "телефон",
            "номер",
            "номер телефона",
            "тел",
            "тел.",
            "мобильный",
            "мобильный телефон",
            "сотовый",
            "моб",
        ),
        *("моб. телефон", "ватсап", "вотсап", "номер whatsapp", "получатель", "контактный телефон"),
        *(
            "هاتف",
            "الهاتف",
            "رقم",
            "الرقم",
            "رقم الهاتف",
            "رقم هاتف",
            "الجوال",
            "جوال",
            "رقم الجوال",
            "موبايل",
        ),
        *(
            "الموبايل",
            "رقم الموبايل",
            "تليفون",
            "التليفون",
            "رقم التليفون",
            "واتساب",
            "رقم الواتساب",
            "المحمول",
        ),
        *("رقم المحمول", "النقال", "رقم النقال", "تلفون"),
        *(
            "טלפון",
            "מספר טלפון",
            "מספר",
            "נייד",
            "טלפון נייד",
            "מספר נייד",
            "סלולרי",
            "פלאפון",
            "טל",
            "טל'",
            "וואטסאפ",
        ),
        *("ווטסאפ", "מספר וואטסאפ", "נמען"),
    ),
    MESSAGE: (
        *("message", "text", "msg", "body", "content", "message text", "messageText", "sms", "template"),
        *("сообщение", "текст", "текст сообщения", "смс"),
        *("رسالة", "الرسالة", "نص", "النص", "نص الرسالة", "محتوى", "المحتوى"),
        *("הודעה", "טקסט", "תוכן", "ההודעה", "תוכן ההודעה", "נוסח", "מסר"),
    ),
    NAME: (
        *(
            "name",
            "full name",
            "fullname",
            "first name",
            "client",
            "customer",
            "contact",
            "contact name",
            "customer name",
        ),
        *("client name", "patient", "patient name"),
        *("имя", "фио", "ф.и.о.", "клиент", "имя клиента", "контакт", "пациент", "покупатель"),
        *("اسم", "الاسم", "الإسم", "الاسم الكامل", "اسم العميل", "العميل", "اسم المريض", "المريض"),
        *("שם", "שם מלא", "שם פרטי", "לקוח", "שם לקוח", "שם הלקוח", "מטופל", "איש קשר"),
    ),
}
"""The fields we know, and the header words for each."""

_ARABIC_ALIKE = str.maketrans(
    {"أ": "ا", "إ": "ا", "آ": "ا", "ى": "ي", "ة": "ه", "ؤ": "و", "ئ": "ي", "ـ": None, "ё": "е"}
)


def fold(header: str) -> str:
    """A header without case, vowel marks, punctuation and blanks: ``" Phone_Number:"`` and ``"phoneNumber"`` are one."""
    decomposed = unicodedata.normalize("NFKC", header[:100]).casefold().translate(_ARABIC_ALIKE)
    stripped = (c for c in unicodedata.normalize("NFD", decomposed) if c.isalnum())
    return "".join(stripped).translate(_ARABIC_ALIKE)


@functools.cache
def _known() -> dict[str, str]:
    return {fold(word): field for field, words in FIELDS.items() for word in words}


def field_of_header(header: str) -> str | None:
    """``phone``, ``message`` or ``name`` for a header in English, Russian, Arabic or Hebrew; None for any other."""
    return _known().get(fold(header))


def map_headers(headers: list[str]) -> dict[str, int]:
    """Field to column, the first column of each field counting."""
    found: dict[str, int] = {}
    for place, header in enumerate(headers):
        field = field_of_header(header)
        if field is not None:
            found.setdefault(field, place)
    return found

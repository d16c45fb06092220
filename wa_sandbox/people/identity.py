"""Who a number is: region, name, business-scoped user id, and the words the person writes."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

_ARABIC: Final = frozenset(
    "AE BH DZ EG IQ JO KW LB LY MA MR OM PS QA SA SD SY TN YE".split()  # noqa: SIM905 - a list of regions reads best so
)
_RUSSIAN: Final = frozenset(("RU", "KZ", "BY", "KG", "TJ", "UZ", "UA"))

STOP_WORDS: Final = {"en": "STOP", "ar": "إيقاف", "he": "הסר", "ru": "СТОП"}
REPLIES: Final = {
    "en": ("Yes, please", "Thank you!", "How much is it?", "Can you call me tomorrow?"),
    "ar": ("نعم، من فضلك", "شكرًا لكم", "كم السعر؟", "هل يمكنكم الاتصال بي غدًا؟"),
    "he": ("כן, בבקשה", "תודה רבה!", "כמה זה עולה?", "אפשר לדבר מחר?"),
    "ru": ("Да, пожалуйста", "Спасибо!", "Сколько это стоит?", "Можете позвонить завтра?"),
}
_NAMES: Final = {
    "en": ("Alex Morgan", "Sam Carter", "Jordan Lee", "Robin Hayes", "Taylor Brooks"),
    "ar": ("أحمد حسن", "فاطمة علي", "محمد خالد", "مريم يوسف", "عمر سعيد"),
    "he": ("נועה כהן", "יוסי לוי", "מיכל פרץ", "דוד מזרחי", "תמר אברהם"),
    "ru": ("Анна Иванова", "Иван Петров", "Мария Смирнова", "Олег Кузнецов", "Елена Попова"),
}


@lru_cache(maxsize=4096)
def _region_of_prefix(prefix: str) -> str:
    for length in (1, 2, 3):
        regions = COUNTRY_CODE_TO_REGION_CODE.get(int(prefix[:length]))
        if regions is not None:
            # Kazakhstan shares +7 with Russia and has 77 and 76 of it.
            return "KZ" if prefix[:2] in ("76", "77") else str(regions[0])
    return "ZZ"


def dial_code_of(digits: str) -> str:
    """The country calling code a number begins with; "" when there is none."""
    return next((digits[:n] for n in (1, 2, 3) if int(digits[:n] or 0) in COUNTRY_CODE_TO_REGION_CODE), "")


def region_of(wa_id: str) -> str:
    """The two-letter region of a number by its country code; "ZZ" when there is none."""
    return _region_of_prefix(wa_id[:3])


def language_of(wa_id: str) -> str:
    """The language this person writes: ar, he, ru or en, by region."""
    region = region_of(wa_id)
    if region in _ARABIC:
        return "ar"
    if region == "IL":
        return "he"
    return "ru" if region in _RUSSIAN else "en"


def _number(*parts: object) -> int:
    text = ":".join(str(part) for part in parts)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


@lru_cache(maxsize=16_384)
def user_id_of(portfolio_id: str, wa_id: str) -> str:
    """The business-scoped user id (BSUID): the same person has another one for another portfolio."""
    return f"{region_of(wa_id)}.{10**15 + _number('bsuid', portfolio_id, wa_id) % (9 * 10**15)}"


@lru_cache(maxsize=16_384)
def name_of(wa_id: str) -> str:
    """The profile name a person shows."""
    names = _NAMES[language_of(wa_id)]
    return names[_number("name", wa_id) % len(names)]


def parent_user_id_of(portfolio_id: str, wa_id: str) -> str:
    """The user id that linked portfolios share: `US.ENT.…`."""
    return f"{region_of(wa_id)}.ENT.{10**15 + _number('parent', portfolio_id, wa_id) % (9 * 10**15)}"


def identity_hash_of(wa_id: str) -> str:
    """The hash of a person's identity key, for `recipient_identity_key_hash`."""
    return hashlib.blake2b(f"identity:{wa_id}".encode(), digest_size=12).hexdigest()


@dataclass(frozen=True, slots=True)
class Profile:
    """What was set by hand about a person. `hides_number`: with a user name, webhooks carry no phone number."""

    name: str | None = None
    username: str | None = None
    hides_number: bool = False


NOBODY_SPECIAL: Final = Profile()


def reply_text(wa_id: str, nth: int) -> str:
    """What this person answers to the nth message."""
    replies = REPLIES[language_of(wa_id)]
    return replies[_number("reply", wa_id, nth) % len(replies)]

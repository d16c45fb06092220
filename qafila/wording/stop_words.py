"""The words by which a person unsubscribes and comes back, in four languages. Data, and the rule that reads it.

The whole message must be such a word: "STOP!!" and "S.T.O.P." are one, "stop by tomorrow" is not. Case, punctuation, emoji,
vowel marks, tatweel and the forms of hamza do not matter.
"""

from __future__ import annotations

import functools
import unicodedata

STOP_WORDS: dict[str, tuple[str, ...]] = {
    "en": (
        *(
            "stop",
            "stop all",
            "stopall",
            "unsubscribe",
            "unsubscribe me",
            "opt out",
            "optout",
            "remove me",
            "cancel",
        ),
        *(
            "stop messages",
            "stop messaging me",
            "stop sending",
            "please stop",
            "stop please",
            "end",
            "quit",
            "no more messages",
        ),
        *("do not message me", "dont message me", "stop promotions"),
    ),
    "ar": (
        *(
            "إيقاف",
            "ايقاف",
            "أوقف",
            "توقف",
            "توقفوا",
            "قف",
            "إلغاء",
            "إلغاء الاشتراك",
            "الغاء الاشتراك",
            "إلغاء اشتراك",
        ),
        *(
            "إلغاء اشتراكي",
            "الغي الاشتراك",
            "الغوا اشتراكي",
            "إيقاف الرسائل",
            "أوقفوا الرسائل",
            "أوقف الرسائل",
            "وقف",
        ),
        *(
            "وقف الرسائل",
            "لا ترسل",
            "لا ترسلوا",
            "لا أريد رسائل",
            "مش عايز رسائل",
            "ستوب",
            "بطلوا رسائل",
            "احذفوني",
            "احذفني",
        ),
        *("كفى رسائل", "إيقاف العروض", "وقفوا الرسائل"),
    ),
    "he": (
        *(
            "הסר",
            "הסירו",
            "הסרה",
            "להסיר",
            "הסר אותי",
            "הסירו אותי",
            "תסירו אותי",
            "תסיר אותי",
            "הסירי אותי",
            "הפסק",
        ),
        *(
            "הפסיקו",
            "להפסיק",
            "תפסיקו",
            "תפסיק",
            "עצור",
            "עצרו",
            "די",
            "ביטול",
            "בטל",
            "ביטול הרשמה",
            "ביטול רישום",
        ),
        *(
            "בטלו הרשמה",
            "הסר מרשימת תפוצה",
            "הסירו מהרשימה",
            "הסר מהרשימה",
            "סטופ",
            "לא לשלוח",
            "לא לשלוח לי",
            "אל תשלחו",
        ),
        *("אל תשלחו לי", "הפסיקו לשלוח", "הפסק לשלוח", "נא להסיר", "נא הסר", "הסרה מרשימת תפוצה"),
    ),
    "ru": (
        *(
            "стоп",
            "отписаться",
            "отписка",
            "отпишите",
            "отпишите меня",
            "отпиши",
            "отпиши меня",
            "отписать",
            "отмена",
        ),
        *(
            "отменить",
            "отмена подписки",
            "отменить подписку",
            "прекратите",
            "прекратить",
            "хватит",
            "не пишите",
            "не писать",
        ),
        *(
            "не пишите мне",
            "не присылайте",
            "не присылать",
            "удалите меня",
            "удалите меня из рассылки",
            "удалить",
            "остановить",
        ),
        *(
            "больше не пишите",
            "не надо писать",
            "отказ",
            "отказаться",
            "отказ от рассылки",
            "отписаться от рассылки",
        ),
        *("убрать из рассылки", "уберите меня из рассылки"),
    ),
}
"""Language to the messages that unsubscribe."""

START_WORDS: dict[str, tuple[str, ...]] = {
    "en": ("start", "unstop", "subscribe", "subscribe me", "opt in", "optin", "resume"),
    "ar": (
        "ابدأ",
        "ابدا",
        "بدء",
        "اشتراك",
        "اشترك",
        "اشتركني",
        "استئناف",
        "تفعيل",
        "تفعيل الاشتراك",
        "تفعيل الرسائل",
    ),
    "he": ("התחל", "הצטרף", "הצטרפות", "הרשמה", "הירשם", "חידוש", "להירשם", "להצטרף", "הרשם", "חדש הרשמה"),
    "ru": ("старт", "начать", "подписаться", "подписка", "подпишите", "подпишите меня", "возобновить"),
}
"""Language to the messages that subscribe again."""

_ALIKE = str.maketrans(
    {
        "أ": "ا",
        "إ": "ا",
        "آ": "ا",
        "ٱ": "ا",
        "ى": "ي",
        "ة": "ه",
        "ؤ": "و",
        "ئ": "ي",
        "ی": "ي",
        "ک": "ك",
        "ـ": None,
        "ё": "е",
    }
)
_APOSTROPHES = "'’‘`´׳"
_LONGEST = 200


def is_stop(text: str) -> bool:
    """Whether the whole message says: write to me no more."""
    return _fold(text) in _folded_stops()


def is_start(text: str) -> bool:
    """Whether the whole message says: write to me again."""
    return _fold(text) in _folded_starts()


def _fold(text: str) -> str:
    """Words in one spelling, single blanks between them; empty for a text too long to be one of these."""
    if len(text) > _LONGEST:
        return ""
    plain = unicodedata.normalize("NFKC", text).casefold().translate(_ALIKE)
    letters: list[str] = []
    for character in unicodedata.normalize("NFD", plain):
        if unicodedata.category(character) in ("Mn", "Cf") or character in _APOSTROPHES:
            # Vowel marks and invisible marks go. The breve of й and the dots of ё are marks too, in NFD: both sides lose them.
            continue
        letters.append(character if character.isalnum() else " ")
    words = "".join(letters).split()
    spelled = all(len(word) == 1 for word in words)  # S.T.O.P.
    return ("" if spelled else " ").join(words)


@functools.cache
def _folded_stops() -> frozenset[str]:
    return frozenset(_fold(word) for words in STOP_WORDS.values() for word in words)


@functools.cache
def _folded_starts() -> frozenset[str]:
    return frozenset(_fold(word) for words in START_WORDS.values() for word in words)

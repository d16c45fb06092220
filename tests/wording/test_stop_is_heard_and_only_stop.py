import pytest

from qafila.wording.stop_words import START_WORDS, STOP_WORDS, is_start, is_stop


@pytest.mark.parametrize(
    "text",
    [
        "STOP",
        "stop",
        " Stop! ",
        "S\u200bTOP",
        "ＳＴＯＰ",
        "stop 🛑",
        "*STOP*",
        "Stop.\n",
        "UNSUBSCRIBE",
        "opt-out",
        "Don’t message me",
        "إيقاف",
        "ايقاف",
        "أيقاف",
        "إيـقـاف",
        "إِيقَاف",
        "إلغاء الاشتراك",
        "الغاء الإشتراك",
        "«الغاء»",
        "הסר",
        "הַסֵּר",
        "הסר!",
        "הסירו אותי.",
        "הפסק",
        "СТОП",
        "Стоп!!!",
        "отписаться",
        "ОТПИСАТЬСЯ.",
        "Отпишите меня, пожалуйста"[:13],
        "Не пишите мне!",
        "отмена",
        *(
            "STOP!",
            "STOP.",
            "Stop,",
            "(stop)",
            "[STOP]",
            "“stop”",
            '"Stop"',
            "stop…",
            "#stop",
            "stop;)",
            "STOP❗️",
            "-stop-",
        ),
        *("STOP?!", "st\u00adop", "<stop>", "stop\u00a0!", "S.T.O.P.", "S-T-O-P", "/stop", "stop\\"),
        *("«стоп»", "стоп,", "Стоп…", "„Стоп“", "стоп)", "—стоп—", "«отписаться!»"),
        *(
            "إيقاف.",
            "إيقاف؟",
            "إيقاف،",
            "«إيقاف»",
            "(إيقاف)",
            "إيقاف!",
            "إيقاف۔",
            "\u200fإيقاف\u200f.",
            "ﺇﻳﻘﺎﻑ.",
        ),
        *("הסר.", "״הסר״", "הסר,", "„הסר”", "(הסר)", "הסר׃", "-הסר-", "הפסק!!!"),
    ],
)
def test_a_stop_is_heard(text):
    assert is_stop(text)
    assert not is_start(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "!!!",
        "🛑",
        "stop by tomorrow",
        "I will stop at the shop",
        "don't stop",
        "nonstop",
        "the bus stop",
        "can I cancel my appointment?",
        "ends",
        "إيقاف السيارة أين؟",
        "لا توقف",
        "أريد إلغاء الموعد",
        "הסר את הפריט מההזמנה",
        "די טוב",
        "אל תפסיקו",
        "стоп-кран сломан",
        "не отписывайте меня",
        "отмените запись на завтра",
        "стоппер",
        *("s t o p sign", "стоп.кадр", "stop-loss order", "إيقاف؟ متى", "non-stop", "U.S.T.O.P"),
        "stop " * 100,
        "x" * 10_000,
    ],
)
def test_a_near_miss_is_no_stop(text):
    assert not is_stop(text)


@pytest.mark.parametrize("text", ["START", "Start!", "ابدأ", "اشتراك", "הצטרף", "старт", "Подписаться"])
def test_a_start_is_heard(text):
    assert is_start(text)
    assert not is_stop(text)


@pytest.mark.parametrize("text", ["start tomorrow at 9", "when does it start?", "старт продаж завтра", ""])
def test_a_near_miss_is_no_start(text):
    assert not is_start(text)


def test_no_word_means_both():
    starts = {word for words in START_WORDS.values() for word in words}
    stops = {word for words in STOP_WORDS.values() for word in words}
    assert all(is_stop(word) and not is_start(word) for word in stops)
    assert all(is_start(word) and not is_stop(word) for word in starts)

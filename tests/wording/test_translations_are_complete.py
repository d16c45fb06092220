"""Every text exists in every language, with the same parameters and real plurals, and the committed .mo is the .po's."""

import re

import pytest
from babel.messages.catalog import Message

from qafila.wording import compile as translations

PLACE = translations.PLACE
LITERAL = re.compile(r"`[^`]*`")
LANGUAGES = translations.translated()
LETTERS = {"ar": r"[\u0600-\u06ff]", "he": r"[\u0590-\u05ff]", "ru": r"[\u0400-\u04ff]"}


def pairs(language):
    for message in translations.load(language):
        if message.id:
            yield message


def test_there_are_three_translations():
    assert LANGUAGES == ["ar", "he", "ru"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_missing_fuzzy_or_out_of_step(language):
    assert translations.problems(language) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_file_is_as_extraction_writes_it(language):
    """No obsolete text is left, and none was added to the program without its place here."""
    assert translations.po_path(language).read_bytes() == translations.po_bytes(
        translations.extract_texts(language)
    )


@pytest.mark.parametrize(("language", "forms"), [("ar", 6), ("he", 3), ("ru", 3)])
def test_plurals_have_all_forms_of_the_language(language, forms):
    catalog = translations.load(language)
    assert catalog.num_plurals == forms
    counted = [message for message in pairs(language) if isinstance(message.id, tuple)]
    assert len(counted) > 8
    assert all(len(message.string) == forms for message in counted)


@pytest.mark.parametrize("language", LANGUAGES)
def test_parameters_and_literals_are_the_same(language):
    for message in pairs(language):
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        assert translations.out_of_step(message) == [], message.id
        for text in strings:
            assert sorted(LITERAL.findall(text)) == sorted(LITERAL.findall(ids[-1])), (message.id, text)


@pytest.mark.parametrize(
    ("english", "translated", "wrong"),
    [
        ("Hello, %(name)s.", "Привет, %(name)s.", []),
        ("Hello, %(name)s.", "Привет, %(имя)s.", ["Привет, %(имя)s."]),
        ("Hello, %(name)s.", "Привет.", ["Привет."]),
        ("Hello, %(name)s.", "Привет, {name}.", ["Привет, {name}."]),
        ("Hello, {name}.", "Привет, {nam}.", ["Привет, {nam}."]),
        ("%(done)s of %(all)s", "%(all)s: %(done)s", []),
        ("Page %s", "Страница", ["Страница"]),
        (("One of %(all)s", "%(n)s of %(all)s"), ("Одно", "%(n)s из %(all)s", "%(n)s из %(all)s"), []),
        (("One of %(all)s", "%(n)s of %(all)s"), ("Одно", "%(n)s из %(all)s", "из %(all)s"), ["из %(all)s"]),
        (("One", "%(n)s"), ("%(many)s", "%(n)s", "%(n)s"), ["%(many)s"]),
    ],
)
def test_a_place_that_is_lost_or_misspelled_is_found(english, translated, wrong):
    assert translations.out_of_step(Message(english, translated)) == wrong


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_are_in_the_script_of_the_language(language):
    for message in pairs(language):
        for text in message.string if isinstance(message.string, tuple) else (message.string,):
            if re.sub(r"`[^`]*`|[\W\d_]", "", PLACE.sub("", text)):
                assert re.search(LETTERS[language], text), text


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_end_as_the_english_ones_do(language):
    for message in pairs(language):
        english = message.id[-1] if isinstance(message.id, tuple) else message.id
        for text in message.string if isinstance(message.string, tuple) else (message.string,):
            assert text.endswith(".") == english.endswith("."), text


def test_a_wrong_word_on_the_command_line_is_refused(capsys):
    assert translations.main(["nonsense"]) == 2
    assert "extract|compile|check" in capsys.readouterr().err
    assert translations.main(["check"]) == 0

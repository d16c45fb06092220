"""Promise 49: encodings, separators, headers, in the shapes that spreadsheets of four languages really write."""

import csv
import io

import pytest

from qafila.kit.tables import Limits, Row, TableCode, TableError, open_csv

TEXTS = {
    "ru": ("Анна Смирнова", "Здравствуйте! Ваш заказ готов, ждём вас сегодня до восьми вечера."),
    "he": ("נועה לוי", "שלום נועה, התור שלך אצל רופא השיניים נקבע למחר בשעה עשר בבוקר."),
    "ar": ("مريم حسن", "أهلاً مريم، وصفتك الطبية جاهزة للاستلام من الصيدلية حتى العاشرة مساءً."),
}


class Unseekable(io.RawIOBase):
    """A stream as a request body is one: forwards only."""

    def __init__(self, content):
        self._inner = io.BytesIO(content)

    def readable(self):
        return True

    def read(self, size=-1):
        return self._inner.read(size)


def make(rows, *, delimiter=",", encoding="utf-8"):
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=delimiter).writerows(rows)
    return buffer.getvalue().encode(encoding)


def rows_of(content, **options):
    with open_csv(io.BytesIO(content), **options) as table:
        return table, list(table)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "legacy"])
@pytest.mark.parametrize("language", ["ru", "he", "ar"])
@pytest.mark.parametrize("seekable", [True, False])
def test_every_encoding_of_every_language(language, encoding, seekable):
    legacy = {"ru": "cp1251", "he": "cp1255", "ar": "cp1256"}[language]
    codec = legacy if encoding == "legacy" else encoding
    name, message = TEXTS[language]
    content = make([["phone", "name", "message"], *[["79991234567", name, message]] * 20], encoding=codec)
    source = io.BytesIO(content) if seekable else Unseekable(content)
    with open_csv(source) as table:
        found = list(table)
    assert found == [Row(number, ["79991234567", name, message]) for number in range(2, 22)]
    assert table.columns == {"phone": 0, "name": 1, "message": 2}
    assert table.encoding.guessed == (encoding == "legacy")
    if encoding == "legacy":
        assert table.encoding.codec == legacy
        assert table.encoding.margin > 0.3


@pytest.mark.parametrize(
    ("language", "names"),
    [
        ("cp1251", ["Иван", "Мария", "Юлия", "ПЁТР", "Наталья Шувалова"]),
        ("cp1255", ["דנה", "יוסי כהן", "רותם", "אביגיל"]),
        ("cp1256", ["محمد", "فاطمة", "أحمد علي", "ليلى"]),
    ],
)
def test_a_few_names_are_enough_for_the_guess(language, names):
    content = make([["phone", "name"], *(["79991234567", name] for name in names)], encoding=language)
    table, found = rows_of(content)
    assert table.encoding.codec == language
    assert [row.values[1] for row in found] == names


def test_accents_are_not_taken_for_cyrillic():
    content = make(
        [["phone", "name"], ["33612345678", "José"], ["33612345679", "Zoë Müller"]], encoding="cp1252"
    )
    table, found = rows_of(content)
    assert table.encoding.codec == "cp1252"
    assert table.encoding.guessed
    assert found[0].values[1] == "José"


def test_a_legacy_letter_late_in_the_file_is_seen():
    content = make(
        [["phone", "name"], *[["79991234567", "Ann"]] * 40_000, ["79991234567", "Анна"]], encoding="cp1251"
    )
    table, found = rows_of(content)
    assert table.encoding.codec == "cp1251"
    assert found[-1].values[1] == "Анна"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_separators_are_found(delimiter):
    message = "Hello, Ivan; your order: 12 items | today\t!"
    content = make([["phone", "message"], *[["79991234567", message]] * 5], delimiter=delimiter)
    table, found = rows_of(content)
    assert table.delimiter == delimiter
    assert found[0].values == ["79991234567", message]


def test_unquoted_commas_in_a_semicolon_file():
    table, found = rows_of(b"phone;message\n1;a, b\n2;c, d, e\n3;f\n")
    assert table.delimiter == ";"
    assert [row.values[1] for row in found] == ["a, b", "c, d, e", "f"]


def test_the_sep_line_of_excel():
    table, found = rows_of(b"\xef\xbb\xbfsep=;\r\nphone;message\r\n79991234567;hi\r\n")
    assert table.header == ["phone", "message"]
    assert found == [Row(3, ["79991234567", "hi"])]


@pytest.mark.parametrize(
    "header",
    [
        ["phone", "name", "message"],
        ["Phone Number", "Full Name", "TEXT"],
        ["phoneNumber", "client", "body"],
        ["Номер телефона", "ФИО", "Текст сообщения"],
        [" Тел. ", "Имя клиента", "СООБЩЕНИЕ"],
        ["رقم الهاتف", "الاسم", "الرسالة"],
        ["الجوال", "اسم العميل", "نص الرسالة"],
        ["רقم".replace("ר", "ر"), "الإسم", "النص"],
        ["טלפון נייד", "שם מלא", "הודעה"],
        ["\u200fנייד", "שם הלקוח", "טֶקְסְט"],
        ["mobile_number", "customer-name", "message_text"],
    ],
)
def test_header_words_in_four_languages(header):
    table, found = rows_of(make([header, ["79991234567", "x", "y"]]))
    assert table.columns == {"phone": 0, "name": 1, "message": 2}
    assert not table.columns_guessed
    assert len(found) == 1


def test_a_file_without_a_header_is_recognised():
    table, found = rows_of(
        make([["050-234-5678", "Noa", "Hi"], ["0522345678", "Dan", "Hey"]]), default_region="IL"
    )
    assert table.header == []
    assert table.columns_guessed
    assert table.columns == {"phone": 0, "name": 1, "message": 2}
    assert [row.number for row in found] == [1, 2]


def test_one_column_of_numbers():
    table, found = rows_of(b"79991234567\n79991234568\n\n79991234569\n")
    assert table.columns == {"phone": 0}
    assert [row.number for row in found] == [1, 2, 4]


def test_columns_that_a_person_chose():
    content = make([["Кому", "Что", "x"], ["79991234567", "hi", ""]])
    table, found = rows_of(content, columns={"phone": "Кому", "message": 1})
    assert table.columns == {"phone": 0, "message": 1}
    assert len(found) == 1
    with pytest.raises(TableError) as caught:
        rows_of(content, columns={"phone": "Куда"})
    assert caught.value.code is TableCode.COLUMN_NOT_FOUND
    assert caught.value.params == {"column": "Куда"}


def test_a_file_without_a_phone_column_says_so():
    with open_csv(io.BytesIO(b"a,b\n1,2\n")) as table, pytest.raises(TableError) as caught:
        table.require("phone")
    assert caught.value.code is TableCode.FILE_HAS_NO_PHONE_COLUMN


def test_new_lines_quotes_and_separators_inside_cells():
    message = 'Line one\nLine "two", and; three\r\nfour'
    _, found = rows_of(make([["phone", "message"], ["1", message], ["2", "next"]]))
    assert [row.values[1] for row in found] == [message, "next"]
    assert [row.number for row in found] == [2, 3]


def test_old_mac_line_ends():
    _, found = rows_of(b"phone,message\r1,a\r2,b\r")
    assert [row.values for row in found] == [["1", "a"], ["2", "b"]]


def test_a_path_is_opened_and_closed(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"phone,message\n1,a\n")
    with open_csv(path) as table:
        assert list(table) == [Row(2, ["1", "a"])]
    assert table._stream.closed
    with pytest.raises(TableError) as caught:
        open_csv(tmp_path / "absent.csv")
    assert caught.value.code is TableCode.FILE_UNREADABLE


def test_limits_are_the_callers(tmp_path):
    content = make([["phone", "message"], *[["1", "a"]] * 10])
    assert len(rows_of(content, limits=Limits(max_rows=10))[1]) == 10
    seen = []
    with (
        pytest.raises(TableError) as caught,
        open_csv(io.BytesIO(content), limits=Limits(max_rows=9)) as table,
    ):
        seen.extend(table)
    assert caught.value.code is TableCode.TOO_MANY_ROWS
    assert caught.value.params == {"limit": 9}

"""Promise 52: a text with fields is data. Nothing in it, or in what fills it, is ever evaluated."""

from __future__ import annotations

import time

import pytest

from qafila.campaigns.rules.fields import FieldMissing, TextFault, fields_of, parse, render, unknown_fields

INERT = [
    "{% include '/etc/passwd' %}",
    "{%raw%}",
    "{name}",
    "{0.__class__.__mro__}",
    "%(name)s %s %d",
    "${7*7} #{7*7} <%= 7*7 %>",
    "`id` $(id)",
    "\\x7b\\x7b7*7\\x7d\\x7d",
    "مرحبا {",
]
FAULTY = [
    "{{",
    "}}",
    "{{}}",
    "{{ }}",
    "{{|friend}}",
    "{{{{name}}}}",
    "{{name",
    "name}}",
    "{{na{me}}",
    "{{name|{{other}}}}",
    "{{__}}",
]
HARMLESS_NAMES = [
    "7*7",
    "''.__class__.__mro__",
    "config.items()",
    "self",
    "request.application",
    "name.upper()",
]


@pytest.mark.parametrize("text", INERT)
def test_other_languages_are_plain_text(text: str) -> None:
    assert render(parse(text), {"name": "Anna"}) == (text, False)


@pytest.mark.parametrize("text", FAULTY)
def test_braces_that_make_no_field_are_refused(text: str) -> None:
    with pytest.raises(TextFault) as caught:
        parse(text)
    assert caught.value.code == "field_braces"


@pytest.mark.parametrize("name", HARMLESS_NAMES)
def test_a_field_only_names_a_column(name: str) -> None:
    parts = parse(f"a {{{{{name}}}}} b")
    assert unknown_fields(parts, {"name": 1}) == [name]
    with pytest.raises(FieldMissing):
        render(parts, {"name": "Anna"})


@pytest.mark.parametrize("empty", ["", "   ", "\u200f ", "\t\n"])
def test_an_empty_cell_stops_the_row(empty: str) -> None:
    parts = parse("Hello {{Name}}")
    if empty.strip():
        assert "None" not in render(parts, {"name": empty})[0]
        return
    with pytest.raises(FieldMissing) as caught:
        render(parts, {"name": empty})
    assert caught.value.name == "Name"
    with pytest.raises(FieldMissing):
        render(parts, {})


def test_a_default_stands_in() -> None:
    parts = parse("Hello {{ Name |dear friend}}, {{city|}}!")
    assert render(parts, {"name": "Anna", "city": "Haifa"}) == ("Hello Anna, Haifa!", False)
    assert render(parts, {"name": " "}) == ("Hello dear friend, !", True)


@pytest.mark.parametrize(
    "value", ["{{name}}", "{{city|x}}", "None", "{% x %}", "=1+1", "\u202egnp.exe", "{{" * 1000]
)
def test_what_is_filled_in_is_not_read_again(value: str) -> None:
    assert (
        render(parse("<{{name}}|{{city}}>"), {"name": value, "city": "{{name}}"})[0]
        == f"<{value}|{{{{name}}}}>"
    )


@pytest.mark.parametrize(
    ("written", "key"), [("Имя", "имя"), ("Phone Number", "phonenumber"), ("الاسم", "الاسم"), ("שם", "שם")]
)
def test_fields_are_named_like_columns(written: str, key: str) -> None:
    assert render(parse(f"{{{{ {written} }}}}"), {key: "x"})[0] == "x"
    assert [field.name for field in fields_of(parse(f"{{{{{written}}}}}{{{{{written.upper()}}}}}"))] == [
        written
    ]


@pytest.mark.parametrize(
    "text",
    [
        "{" * 1_000_000,
        "{{a" * 300_000,
        "{{a|" * 250_000,
        "x" * 1_000_000,
        "{{a}}" * 200_000,
        "}}" * 4_000,
        "{{" * 4_000,
    ],
)
def test_a_megabyte_costs_nothing(text: str) -> None:
    begin = time.thread_time()
    with pytest.raises(TextFault):
        parse(text)
    assert time.thread_time() - begin <= 0.01


def test_many_fields_are_quick() -> None:
    text = "{{a|b}}" * 1_000
    begin = time.thread_time()
    for _ in range(10):
        assert render(parse(text), {"a": ""}) == ("b" * 1_000, True)
    assert time.thread_time() - begin <= 0.1

"""Templates with a picture, a variable in the heading, a link or a code on a button; and those with nothing to fill in."""

from __future__ import annotations

from typing import Any

import pytest

from qafila.campaigns.rules import components, fields
from qafila.campaigns.rules.drafting import content_blockers
from qafila.campaigns.rules.recipients import read_recipient
from qafila.campaigns.rules.row_reader import RowReader
from qafila.campaigns.rules.templates import form_of, shown
from qafila.kit.tables import Row
from qafila.providers import contents_json
from qafila.providers.cloud_api.templates_sent import template

BODY = {"type": "BODY", "text": "Hello {{1}}, your order {{2}} is here."}
PICTURE = {"type": "HEADER", "format": "IMAGE", "example": {"header_handle": ["x"]}}
HEADING = {"type": "HEADER", "format": "TEXT", "text": "For {{who}} only"}
BUTTONS = {
    "type": "BUTTONS",
    "buttons": [
        {"type": "QUICK_REPLY", "text": "Stop"},
        {"type": "URL", "text": "Follow it", "url": "https://example.com/{{1}}"},
        {"type": "COPY_CODE", "text": "Copy"},
    ],
}
FOOTER = {"type": "FOOTER", "text": "Caravan"}
HEADER_ROW = ("Phone", "Name", "Order", "Picture")


def sent(form: Any, params: Any) -> dict[str, Any]:
    """What goes to Meta for a batch of that template and a message with those params."""
    content = {
        "kind": "template",
        "name": "order_update",
        "language": "en",
        "variable": None,
        "components": [slot.component() for slot in form.slots],
    }
    return template(contents_json.read(content, "", params))  # type: ignore[arg-type]


def read(form: Any, more: dict[str, str], cells: tuple[str, ...], values: tuple[str, ...] = ()) -> Any:
    reader = RowReader(
        columns={"phone": 0, "name": 1},
        header=HEADER_ROW,
        templated=True,
        values=[fields.parse(one) for one in values],
        more={key: fields.parse(text) for key, text in more.items()},
    )
    return reader.read(Row(2, list(cells)))


def test_all_that_a_template_asks_for_reaches_meta() -> None:
    form = form_of([PICTURE, BODY, FOOTER, BUTTONS], "POSITIONAL")
    assert form.unusable == ""
    assert form.keys == ["1", "2", "header:image", "button:1:url", "button:2:coupon"]
    found = read(
        form,
        {
            "header:image": "https://example.com/{{Picture}}",
            "button:1:url": "{{Order}}",
            "button:2:coupon": "EID",
        },
        ("+79161234567", "Anna", "77", "a.jpg"),
        ("{{Name}}", "{{Order}}"),
    )
    assert found.recipient.reason == ""
    made = sent(form, found.recipient.params)["components"]
    assert made == [
        {
            "type": "header",
            "parameters": [{"type": "image", "image": {"link": "https://example.com/a.jpg"}}],
        },
        {
            "type": "button",
            "sub_type": "url",
            "index": "1",
            "parameters": [{"type": "text", "text": "77"}],
        },
        {
            "type": "button",
            "sub_type": "copy_code",
            "index": "2",
            "parameters": [{"type": "coupon_code", "coupon_code": "EID"}],
        },
        {"type": "body", "parameters": [{"type": "text", "text": "Anna"}, {"type": "text", "text": "77"}]},
    ]
    look = shown(form, found.recipient.params)
    assert (look.text, look.footer) == ("Hello Anna, your order 77 is here.", "Caravan")
    assert (look.file, look.file_kind) == ("https://example.com/a.jpg", "image")
    assert list(look.buttons) == ["Stop", "Follow it", "Copy"]


def test_a_named_variable_in_the_heading() -> None:
    form = form_of([HEADING, {"type": "BODY", "text": "Hello {{name}}."}], "NAMED")
    params = {"body": {"name": "Anna"}, "more": {"header:text": "you"}}
    assert sent(form, params)["components"][0] == {
        "type": "header",
        "parameters": [{"type": "text", "text": "you", "parameter_name": "who"}],
    }
    assert shown(form, params).header == "For you only"


def test_a_named_variable_called_body_is_no_shape_of_ours() -> None:
    assert not contents_json.is_extended({"body": "text"})
    assert contents_json.values_in({"body": "text"}) == ["text"]


def test_a_template_without_variables_needs_no_values() -> None:
    form = form_of([{"type": "BODY", "text": "We are open."}], "POSITIONAL")
    found = read(form, {}, ("+79161234567", "Anna", "", ""))
    assert (found.recipient.reason, found.recipient.params) == ("", [])
    assert "components" not in sent(form, found.recipient.params)


@pytest.mark.parametrize(
    ("key", "text", "code"),
    [
        ("header:image", "{{Picture}}", "template_link_bad"),
        ("header:image", "https://example.com/{{Picture|}}", ""),
        ("header:document", "ftp://example.com/a.pdf", "template_link_bad"),
        ("header:video", "https://example.com/a b.mp4", "template_link_bad"),
        ("button:0:url", "a b", "template_link_bad"),
        ("button:0:url", "{{Order|}}", "template_part_empty"),
        ("button:0:coupon", "1234567890123456", "template_part_too_long"),
        ("header:text", "x" * 1025, "template_part_too_long"),
    ],
)
def test_a_row_with_a_bad_part_is_refused_with_its_reason(key: str, text: str, code: str) -> None:
    found = read(None, {key: text}, ("+79161234567", "Anna", "", "not a link"))
    if code == "":
        found = read(None, {key: text}, ("+79161234567", "Anna", "", "a.jpg"))
    assert found.recipient.reason == code


@pytest.mark.parametrize(
    "odd",
    [
        {"type": "HEADER", "format": "LOCATION"},
        {"type": "BUTTONS", "buttons": [{"type": "OTP", "text": "Copy"}]},
        {"type": "BUTTONS", "buttons": [{"type": "FLOW", "text": "Open"}]},
        {"type": "CAROUSEL", "cards": []},
    ],
)
def test_what_a_file_cannot_fill_is_said(odd: dict[str, Any]) -> None:
    assert form_of([BODY, odd], "POSITIONAL").unusable == "template_needs_more"


def test_what_is_missing_blocks_before_any_row_is_read() -> None:
    form = form_of([PICTURE, BODY], "POSITIONAL")

    def codes(picture: str) -> list[str]:
        values = {"1": "{{name}}", "2": "7", "header:image": picture}
        content = {"kind": "template", "values": values}
        found = content_blockers(content, header=HEADER_ROW, columns={"phone": 0, "name": 1}, template=form)
        return [blocker.code for blocker in found]

    assert codes("") == ["template_part_empty"]
    assert codes("picture.jpg") == ["template_link_bad"]
    assert codes("{{Colour}}") == ["field_unknown"]
    assert codes("{{Picture}}") == []


def test_components_of_a_row_from_the_api() -> None:
    own = [
        {"type": "header", "parameters": [{"type": "image", "image": {"link": "https://example.com/a.jpg"}}]}
    ]
    row = {"phoneNumber": "+79161234567", "message": "Hello", "components": own}
    found = read_recipient(row, 1, region=None, templated=True, named_template=True)
    assert found.params == {"body": ["Hello"], "components": own}
    content = {"kind": "template", "name": "t", "language": "en", "variable": None}
    made = template(contents_json.read(content, "Hello", found.params))  # type: ignore[arg-type]
    assert [one["type"] for one in made["components"]] == ["header", "body"]
    assert read_recipient(row, 1, region=None, templated=False).reason == "invalid_value"
    assert read_recipient({**row, "components": "x"}, 1, region=None, templated=True).reason == (
        "template_components_bad"
    )


@pytest.mark.parametrize(
    "bad",
    [
        [],
        [1],
        [{"type": "body", "parameters": []}],
        [{"type": "header", "parameters": [{"type": "image", "image": {"link": "file:///etc/passwd"}}]}],
        [{"type": "header", "parameters": [{"type": "text", "text": "\x00"}]}],
        [{"type": "header", "parameters": [{"type": "text", "text": "\ud800"}]}],
        [{"type": "header", "parameters": [{"type": "text", "text": "x" * 9_000}]}],
        [{"type": "button", "sub_type": "url", "index": "99", "parameters": []}],
    ],
)
def test_bad_components_are_refused(bad: Any) -> None:
    assert components.fault_of(bad)

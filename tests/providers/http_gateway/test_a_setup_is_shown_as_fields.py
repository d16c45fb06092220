"""A set-up as plain fields and back: what is not touched stays as it was, and a fault finds its field."""

from __future__ import annotations

import copy
import string
from typing import Any

import orjson
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from qafila.providers.http_gateway.flat import Spot, build, flatten, held, spot
from qafila.providers.http_gateway.flat.conditions import said, values
from qafila.providers.http_gateway.flat.rows import Clash
from qafila.providers.http_gateway.setup import BadSetup, presets, read
from tests.providers.conformance.sides.http_gateway import GATEWAY

ZENTRA = presets()["zentra"]
CLASSES = ("temporary", "throttled", "recipient", "content", "resting", "sender", "account", "unknown")

words = st.text(string.ascii_letters + string.digits + "_@$-", min_size=1, max_size=6)
paths = st.lists(words, min_size=1, max_size=4).map(".".join) | words.map(lambda word: f"{word}[0].id")
wild = st.text(st.characters(codec="utf-8", exclude_characters="{\0"), max_size=12)
"""Anything a person or a gateway writes: quotes, commas, line breaks, all scripts."""
scalars = wild | st.integers(-(10**18), 10**18) | st.booleans() | st.none()
statuses = st.lists(st.integers(100, 599), max_size=3)
names = st.text(string.ascii_letters + string.digits + "-", min_size=1, max_size=8)
filled = st.sampled_from(["{to}", "{to_plus}", "{text}", "{attempt_id}", "Bearer", "x {sender}"])
bodies = st.dictionaries(
    words | wild.filter(bool),
    st.recursive(
        scalars | filled,
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(words | wild, inner, max_size=3),
        max_leaves=5,
    ),
    max_size=4,
)


@st.composite
def conditions(draw: st.DrawFn) -> dict[str, Any]:
    """Those that one row can say, and those that it cannot."""
    found: dict[str, Any] = {"status": draw(statuses)} if draw(st.booleans()) else {}
    asked = draw(st.sets(st.sampled_from(["equals", "contains", "exists"]), max_size=2))
    if "equals" in asked:
        found["equals"] = draw(st.lists(scalars, min_size=1, max_size=3))
    if "contains" in asked:
        found["contains"] = draw(wild.filter(bool))
    if "exists" in asked:
        found["exists"] = draw(st.booleans())
    if asked:
        found["path"] = draw(paths | st.just(""))
    elif not found.get("status"):
        found["status"] = [200]
    return found


codes = st.text(string.ascii_lowercase, min_size=1, max_size=8)
requests = st.fixed_dictionaries({"path": st.just("/typing")}, optional={"body": bodies})


@st.composite
def sends(draw: st.DrawFn) -> dict[str, Any]:
    rules = st.fixed_dictionaries({"when": conditions(), "class": st.sampled_from(CLASSES), "code": codes})
    found = draw(
        st.fixed_dictionaries(
            {"path": st.sampled_from(["/send", "/{sender}/send"]), "body": bodies, "id": paths},
            optional={
                "method": st.sampled_from(["POST", "GET"]),
                "format": st.sampled_from(["json", "form"]),
                "query": st.dictionaries(names, wild | filled, max_size=3),
                "headers": st.dictionaries(
                    names.map(lambda name: f"X-{name}".lower()), st.just("{sender}"), max_size=3
                ),
                "accepted": st.lists(conditions(), max_size=3),
                "errors": st.lists(rules, max_size=4),
                "error_code": paths | st.just(""),
                "error_message": paths,
            },
        )
    )
    return {**found, "body": {**found["body"], "to": "{to}", "m": {"text": "{text}", "retry": False}}}


@st.composite
def setups(draw: st.DrawFn) -> dict[str, Any]:
    """Set-ups that can be used."""
    message = st.fixed_dictionaries(
        {"is": st.just("message"), "when": conditions(), "from": paths, "text": paths},
        optional={"id": paths, "name": st.just(""), "at": paths, "sender": paths},
    )
    receipt = st.fixed_dictionaries(
        {
            "is": st.just("status"),
            "when": conditions(),
            "state": paths,
            "id": paths,
            "states": st.dictionaries(
                wild, st.sampled_from(["sent", "delivered", "read", "failed"]), min_size=1, max_size=4
            ),
        },
        optional={"attempt_id": paths, "to": paths, "at": paths, "error_code": paths, "sender": paths},
    )
    webhook = st.fixed_dictionaries(
        {"events": st.lists(message | receipt, min_size=1, max_size=4)},
        optional={
            "list": paths | st.just(""),
            "signature": st.none()
            | st.fixed_dictionaries(
                {"header": names},
                optional={
                    "algorithm": st.sampled_from(["sha256", "sha512"]),
                    "prefix": st.sampled_from(["", "sha256=", " v1 "]),
                },
            ),
        },
    )
    auth = st.fixed_dictionaries(
        {}, optional={"header": names, "value": st.sampled_from(["{token}", " {token} "]), "query": names}
    )
    found = draw(
        st.fixed_dictionaries(
            {"send": sends()},
            optional={
                "version": st.just(1),
                "name": wild,
                "note": wild,
                "draft": st.booleans(),
                "auth": auth,
                "typing": requests | st.none(),
                "webhook": webhook | st.none(),
            },
        )
    )
    try:
        read(found)
    except BadSetup:
        assume(False)
    return found


def exact(value: Any) -> bytes:
    """``1`` and ``true`` are equal for Python, and not for a gateway."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


@given(setups())
@example(ZENTRA)
@example(GATEWAY)
def test_what_nobody_touched_stays_as_it_was(setup: dict[str, Any]) -> None:
    before = copy.deepcopy(setup)
    assert exact(build(flatten(setup), setup)) == exact(before)
    assert exact(setup) == exact(before)


@given(setups())
@example(ZENTRA)
def test_fields_alone_say_all_that_they_show(setup: dict[str, Any]) -> None:
    """Built from nothing, so that no keeping of what was there hides a field that is written wrongly."""
    flat = flatten(setup)
    alone = build(flat, {})
    assert flatten(alone) == flat
    assert held(alone) == []
    if not held(setup) and setup == build(flat, setup):
        mine, theirs = read(alone), read(setup)
        assert mine.send == theirs.send


@given(setups(), setups())
@example(GATEWAY, ZENTRA)
@example(ZENTRA, GATEWAY)
def test_other_fields_change_what_is_shown_and_nothing_else(
    setup: dict[str, Any], other: dict[str, Any]
) -> None:
    if setup.get("webhook"):  # one of a kind: where the one that is shown goes, the next of its kind is shown
        first = {one["is"]: one for one in reversed(setup["webhook"]["events"])}
        setup = {**setup, "webhook": {**setup["webhook"], "events": list(first.values())}}
    wanted = flatten(other)
    try:
        built = build(wanted, setup)
    except Clash:
        assume(False)
    shown = flatten(built)
    lists = ("body", "query", "headers", "states")
    assert {name: shown[name] for name in shown if name not in lists} == {
        name: wanted[name] for name in wanted if name not in lists
    }
    for name in lists:
        assert sorted(map(str, shown[name])) == sorted(map(str, wanted[name]))
    for part in ("typing", "check", "state"):
        assert built.get(part) == setup.get(part)


@given(st.lists(scalars.filter(lambda one: not isinstance(one, int) or abs(one) < 10**18), max_size=5))
@example(["true", "1", 1, True, None, "null", "a, b", 'x"y', '"', "", " ", "،", "-0", "007"])
def test_values_are_read_as_they_are_said(given_: list[Any]) -> None:
    found = values(said(given_))
    assert [(type(one), one) for one in found] == [(type(one), one) for one in given_]


def test_the_preset_and_its_fields() -> None:
    flat = flatten(ZENTRA)
    assert {"name": "message", "text": "{text}"} in flat["body"]
    assert flat["accepted"] == [{"status": "200, 201, 202", "path": "", "test": "is", "value": ""}]
    assert flat["errors"][1] == {
        "status": "",
        "path": "error.code",
        "test": "is",
        "value": "invalid_number, not_on_whatsapp",
        "failure": "recipient",
        "code": "not_on_whatsapp",
    }
    assert (flat["message_when_path"], flat["message_when_value"]) == ("event", "message")
    assert flat["receipt_attempt_id"] == "data.reference"
    assert held(ZENTRA) == []


def test_what_only_the_text_holds_is_named() -> None:
    assert held(GATEWAY) == ["typing", "check", "state", "body"]
    many = copy.deepcopy(GATEWAY)
    many["send"]["accepted"].append({"path": "a", "exists": True, "contains": "x"})
    many["send"]["errors"].append(
        {"when": {"path": "", "exists": True}, "class": "unknown", "code": "anything"}
    )
    many["send"]["query"] = {"x": " with spaces "}
    many["webhook"]["events"] *= 2
    many["webhook"]["events"][0]["states"] = {"Sent": "sent", "ok": "delivered"}
    assert read(many)
    assert held(many)[3:] == ["body", "query", "accepted", "errors", "events", "states"]


def changed(base: dict[str, Any] = GATEWAY, **fields: Any) -> dict[str, Any]:
    return flatten(base) | fields


def test_a_nested_body_keeps_what_is_no_text() -> None:
    rows = [{"name": "message.words", "text": "{text}"}, {"name": "target", "text": "{to}"}]
    built = build(changed(body=rows), GATEWAY)
    assert built["send"]["body"] == {"message": {"words": "{text}"}, "target": "{to}", "retry": False}
    assert built["check"] == GATEWAY["check"]


@pytest.mark.parametrize(
    ("second", "row"), [("message", 1), ("message.text.more", 1), ("retry", 1), ("message.text", 1)]
)
def test_two_names_that_cannot_both_be_are_told(second: str, row: int) -> None:
    rows = [{"name": "message.text", "text": "{text}"}, {"name": second, "text": "{to}"}]
    with pytest.raises(Clash) as caught:
        build(changed(body=rows), GATEWAY)
    assert (caught.value.name, caught.value.row) == ("body", row)


def test_an_emptied_row_goes_and_a_hidden_rule_stays_in_its_place() -> None:
    base = copy.deepcopy(ZENTRA)
    hidden = {"when": {"path": "a", "exists": True, "contains": "x"}, "class": "sender", "code": "odd"}
    base["send"]["errors"].insert(1, hidden)
    rows = flatten(base)["errors"]
    rows[0] = {**rows[0], "status": "", "code": ""}
    new = {"status": "429", "path": "", "test": "is", "value": "", "failure": "throttled", "code": "slower"}
    built = build(changed(base, errors=[*rows, new]), base)["send"]["errors"]
    assert built == [
        hidden,
        ZENTRA["send"]["errors"][1],
        {"when": {"status": [429]}, "class": "throttled", "code": "slower"},
    ]


def test_a_webhook_begins_and_ends() -> None:
    base = {"version": 1, "send": ZENTRA["send"]}
    fields = {
        "message_when_path": "type",
        "message_when_value": "in",
        "message_from": "a",
        "message_text": "b",
    }
    built = build(changed(base, **fields), base)
    assert built["webhook"] == {
        "events": [{"is": "message", "when": {"path": "type", "equals": ["in"]}, "from": "a", "text": "b"}]
    }
    assert read(built)
    assert "webhook" not in build(flatten(base), built)


FAULTS = [
    ({"send_path": "x"}, Spot("send_path")),
    ({"send_id": "a b"}, Spot("send_id")),
    ({"auth_header": "x y"}, Spot("auth_header")),
    ({"webhook_list": "a b"}, Spot("webhook_list")),
    ({"signature_header": "x y"}, Spot("signature_header")),
    ({"message_text": "a b"}, Spot("message_text")),
    ({"message_when_path": "a b"}, Spot("message_when_path")),
    ({"message_when_value": ""}, Spot("message_when_path")),
    ({"receipt_id": "", "receipt_attempt_id": ""}, Spot("receipt_id")),
    ({"receipt_to": "a b"}, Spot("receipt_to")),
    ({"states": [{"word": "x", "state": "lost"}]}, Spot("states")),
    ({"body": [{"name": "a", "text": "{what}"}]}, Spot("body")),
    ({"headers": [{"name": "Host", "text": "x"}]}, Spot("headers")),
]


@pytest.mark.parametrize(("fields", "place"), FAULTS)
def test_a_fault_finds_its_field(fields: dict[str, Any], place: Spot) -> None:
    flat = changed(**fields)
    with pytest.raises(BadSetup) as caught:
        read(build(flat, GATEWAY))
    assert spot(caught.value.where, flat, GATEWAY) == place


def test_a_fault_finds_its_row_past_empty_and_hidden_ones() -> None:
    base = copy.deepcopy(ZENTRA)
    base["send"]["errors"].insert(
        0, {"when": {"path": "a", "exists": True, "contains": "x"}, "class": "sender", "code": "odd"}
    )
    rows = flatten(base)["errors"]
    empty = {"status": "", "path": "", "test": "is", "value": "", "failure": "unknown", "code": ""}
    bad = {**empty, "path": "x", "value": "1", "code": "No Code"}
    flat = changed(base, errors=[empty, rows[1], empty, bad])
    with pytest.raises(BadSetup) as caught:
        read(build(flat, base))
    assert spot(caught.value.where, flat, base) == Spot("errors", 3, "code")
    flat["errors"][3] = {**bad, "code": "fine", "path": "x y"}
    with pytest.raises(BadSetup) as caught:
        read(build(flat, base))
    assert spot(caught.value.where, flat, base) == Spot("errors", 3, "path")

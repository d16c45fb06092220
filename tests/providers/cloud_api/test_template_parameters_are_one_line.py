"""Meta refuses line breaks, tabs and long runs of spaces in a template's parameter: they become one space."""

from __future__ import annotations

import orjson
import pytest

from qafila.providers.cloud_api import payloads
from qafila.providers.interface import Outgoing, Template, Text


def parameter(value: str) -> str:
    body = payloads.message(Outgoing("201000000000", Template("t", "en", [value]), "q.1.1.1"))
    return str(orjson.loads(body)["template"]["components"][0]["parameters"][0]["text"])


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("one line", "one line"),
        ("مرحبا\nطلبك جاهز", "مرحبا طلبك جاهز"),
        ("a\r\n\r\n  b\tc", "a b c"),
        ("wide      gap, but    four stay", "wide gap, but    four stay"),
        ("\nends\n", "ends"),
    ],
)
def test_breaks_become_a_space(given: str, sent: str) -> None:
    assert parameter(given) == sent


def test_free_text_keeps_its_lines() -> None:
    body = payloads.message(Outgoing("201000000000", Text("a\nb"), "q.1.1.1"))
    assert orjson.loads(body)["text"]["body"] == "a\nb"

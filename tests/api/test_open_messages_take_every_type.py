"""Whatever a provider can send, an open message can be; and the API's description names it."""

from __future__ import annotations

import pytest

from qafila.api.shapes.packages import NewOpenMessage
from qafila.campaigns.rules.open_content import read_open_content
from qafila.providers import contents_json
from tests.providers.conformance import EXAMPLES


def test_the_description_names_every_type() -> None:
    described = NewOpenMessage.model_json_schema()["properties"]["message_type"]
    assert described["enum"] == list(contents_json.KINDS)
    assert described["default"] == "text"


@pytest.mark.parametrize("kind", contents_json.KINDS)
def test_each_type_is_read_as_a_batch_keeps_it(kind: str) -> None:
    found = read_open_content(kind, {**EXAMPLES[kind], "text": "Hello"})
    assert (found.kind, found.body) == (kind, "Hello")
    assert found.carrier == {**EXAMPLES[kind], **({} if kind == "template" else {"kind": kind})}

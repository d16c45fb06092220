"""A cell in Arabic or Hebrew keeps its own direction and its place: under its heading, and on a phone beside its label."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tests.web.new_contract.wizard import sheet, text_of, upload

pytestmark = pytest.mark.django_db
_SHEET = re.compile(r'<table class="table q-sheet.*?</table>', re.DOTALL)


@pytest.mark.parametrize("step", ["map", "check"])
def test_a_cell_turns_itself_and_not_its_column(client: Client, step: str) -> None:
    place = upload(client, sheet([["Phone", "עיר"], ["+79161230001", "חיפה"]]))
    client.post(f"{place}/map", {"phone": "0", "kind": "text", "text": "Hello"})
    (table,) = _SHEET.findall(text_of(client.get(f"{place}/{step}")))
    assert "<bdi>חיפה</bdi>" in table
    assert not re.search(r"<t[dhr][^>]* dir=", table), "a turned cell changes sides with its label on a phone"

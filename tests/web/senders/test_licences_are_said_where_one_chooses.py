"""What one should know of a provider's licences stands where it is chosen: on its page, in the command's list, in the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qafila.cli.commands import account_adding
from qafila.providers import registry
from tools.provider_table import table

if TYPE_CHECKING:
    from django.test import Client


@pytest.mark.django_db
def test_on_the_page_of_the_kind(owner: Client) -> None:
    page = owner.get("/senders/new/by?kind=baileys").content.decode()
    assert "libsignal" in page
    assert "GPL-3.0" in page
    assert "a process of its own" in page
    waha = owner.get("/senders/new/by?kind=waha").content.decode()
    assert "A WAHA server that you run." in waha
    assert "NOWEB contains Baileys" in waha
    other = owner.get("/senders/new/by?kind=http_gateway").content.decode()
    assert "for example Zentra" in other
    assert "Licence:" not in other


@pytest.mark.django_db
def test_each_way_says_what_it_is(owner: Client) -> None:
    page = owner.get("/senders/new").content.decode()
    for kind, one in registry.KINDS.items():
        if one.fields and kind != "cloud_api":
            assert one.about, kind
            assert one.about in page, kind


def test_in_the_list_of_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    account_adding.add(None)  # type: ignore[arg-type]
    said = " ".join(capsys.readouterr().out.split())
    assert registry.KINDS["baileys"].licence in said
    assert registry.KINDS["waha"].about in said


def test_in_the_table_of_the_docs() -> None:
    (row,) = [line for line in table().splitlines() if line.startswith("| Licences |")]
    cells = [cell.strip() for cell in row.strip("|").split("|")][1:]
    by_kind = dict(zip((kind for kind in registry.KINDS if kind != "memory"), cells, strict=True))
    assert "GPL-3.0" in by_kind["baileys"]
    assert "LGPL-3.0" in by_kind["wppconnect"]
    assert by_kind["http_gateway"] == "see its own"

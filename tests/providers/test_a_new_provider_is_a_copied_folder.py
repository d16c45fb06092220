"""Adding a provider is copying a folder and a row each in two places: done here with a copy of the smallest one."""

from __future__ import annotations

import importlib
import shutil
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import qafila.providers
from qafila.providers import registry
from qafila.providers.account_fields import Field
from qafila.providers.interface import Credentials, Failure, ProviderError
from qafila.providers.registry import Kind
from tests.providers.conformance import outgoing

if TYPE_CHECKING:
    from qafila.businesses.actor import Actor
    from qafila.businesses.models import Business

FOLDER = Path(qafila.providers.__file__).parent / "memory"


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A folder ``parrot``, found where the providers are, and its row."""
    there = tmp_path / "parrot"
    shutil.copytree(FOLDER, there, ignore=shutil.ignore_patterns("__pycache__"))
    for file in there.rglob("*.py"):
        text = file.read_text().replace("providers.memory", "providers.parrot").replace("Memory", "Parrot")
        file.write_text(text.replace('kind = "memory"', 'kind = "parrot"'))
    monkeypatch.setattr(qafila.providers, "__path__", [*qafila.providers.__path__, str(tmp_path)])
    module = importlib.import_module("qafila.providers.parrot")
    fields = (
        Field("base_url", "Address", place="base_url", shape="url", default="https://parrot.example.com"),
        Field("key", "Key", place="token", shape="secret"),
    )
    monkeypatch.setitem(
        registry.KINDS, "parrot", Kind("Parrot", module.ParrotProvider, fields, proof="Here.")
    )
    yield module
    registry.get.cache_clear()
    for name in [name for name in sys.modules if name.startswith("qafila.providers.parrot")]:
        del sys.modules[name]


async def test_the_copy_is_a_provider_of_its_own(copied: Any) -> None:
    provider = registry.get("parrot")
    assert provider.kind == "parrot"
    assert type(provider).__module__.startswith("qafila.providers.parrot")
    to = Credentials(base_url="", token="t", sender_ref="1")
    assert (await provider.send(to, outgoing())).provider_id
    provider.decide = lambda _to, _message: copied.Outcome(  # type: ignore[attr-defined]
        ProviderError(Failure.RECIPIENT, "gone")
    )
    with pytest.raises(ProviderError):
        await provider.send(to, outgoing())


def test_its_fields_make_its_form(copied: Any) -> None:
    from qafila.web.pages.senders.kind_forms import KindForm, kinds

    assert "parrot" in [one["kind"] for one in kinds()]
    form = KindForm(
        {"name": "Polly", "phone": "+201000000001", "own_base_url": "https://x.example.com", "own_key": "k"},
        kind="parrot",
        owner=False,
    )
    assert form.is_valid(), form.errors
    assert form.given() == {"base_url": "https://x.example.com", "key": "k"}


@pytest.mark.django_db
def test_a_number_on_it_is_added_without_any_other_change(
    copied: Any, business: Business, owner_actor: Actor, now: datetime
) -> None:
    from qafila.senders.actions import connect_number
    from qafila.senders.queries import credentials

    sender = connect_number(
        business=business,
        kind="parrot",
        name="Polly",
        phone="+201000000001",
        given={"key": "k"},
        actor=owner_actor,
        now=now,
    )
    kind, to, _ = credentials(sender.pk)
    assert (kind, to.token, sender.state) == ("parrot", "k", "ready")

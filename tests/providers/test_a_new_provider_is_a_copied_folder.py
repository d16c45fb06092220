"""Adding a provider is a folder, a row in the registry and a side of the common suite: done here with a copy of the smallest."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import shutil
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import qafila.providers
from qafila.providers import registry
from qafila.providers.account_fields import Field
from qafila.providers.interface import Credentials, Failure, ProviderError
from qafila.providers.registry import Kind
from tests.providers.conformance import outgoing, sides, test_messages, test_webhooks

if TYPE_CHECKING:
    from qafila.businesses.actor import Actor
    from qafila.businesses.models import Business

FOLDER = Path(qafila.providers.__file__).parent / "memory"
SIDE = Path(sides.__file__).parent / "memory.py"
SUITE = {
    f"{module.__name__}.{name}": found
    for module in (test_messages, test_webhooks)
    for name, found in vars(module).items()
    if name.startswith("test_") and list(inspect.signature(found).parameters) == ["side"]
}
"""What the common suite does with a side and nothing else."""


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A folder ``parrot``, found where the providers are, and its row."""
    there = tmp_path / "parrot"
    shutil.copytree(FOLDER, there, ignore=shutil.ignore_patterns("__pycache__"))
    for file in there.rglob("*.py"):
        file.write_text(_renamed(file.read_text()))
    monkeypatch.setattr(qafila.providers, "__path__", [*qafila.providers.__path__, str(tmp_path)])
    module = importlib.import_module("qafila.providers.parrot")
    fields = (
        Field("base_url", "Address", place="base_url", shape="url", default="https://parrot.example.com"),
        Field("key", "Key", place="token", shape="secret"),
    )
    monkeypatch.setitem(
        registry.KINDS,
        "parrot",
        Kind("Parrot", module.ParrotProvider, fields, proof="Here.", about="It repeats.", licence="Free."),
    )
    yield module
    registry.get.cache_clear()
    for name in [name for name in sys.modules if name.startswith("qafila.providers.parrot")]:
        del sys.modules[name]


@pytest.fixture
def copied_side(copied: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The file of its side, and its row."""
    there = tmp_path / "sides"
    there.mkdir()
    (there / "parrot.py").write_text(_renamed(SIDE.read_text()))
    monkeypatch.setattr(sides, "__path__", [*sides.__path__, str(there)])
    module = importlib.import_module(f"{sides.__name__}.parrot")
    monkeypatch.setitem(sides.SIDES, "parrot", module.parrot_side)
    yield "parrot"
    del sys.modules[f"{sides.__name__}.parrot"]


def _renamed(text: str) -> str:
    text = text.replace("providers.memory", "providers.parrot").replace("Memory", "Parrot")
    return text.replace('kind = "memory"', 'kind = "parrot"').replace("memory_side", "parrot_side")


@pytest.mark.parametrize("what", sorted(SUITE))
async def test_the_common_suite_passes_on_its_side(copied_side: str, what: str) -> None:
    check: Callable[..., Any] = SUITE[what]
    async with sides.SIDES[copied_side]() as side:
        assert type(side.provider).__module__.startswith("qafila.providers.parrot")
        done = check(side)
        if inspect.isawaitable(done):
            await done


async def test_a_copy_that_repeats_its_ids_is_caught(copied_side: str) -> None:
    async with sides.SIDES[copied_side]() as side:
        real = side.provider.send

        async def twice(*words: Any) -> Any:
            return dataclasses.replace(await real(*words), provider_id="always the same")

        side.provider.send = twice  # type: ignore[method-assign]
        with pytest.raises(AssertionError):
            await test_messages.test_accepts_and_gives_an_id(side)


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

    (listed,) = [one for one in kinds() if one["kind"] == "parrot"]
    assert (listed["text"], listed["licence"]) == ("It repeats.", "Free.")
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

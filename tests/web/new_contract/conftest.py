"""Somebody at the pages of a new contract."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from django.test import Client

if TYPE_CHECKING:
    from tests.web.world import World


@pytest.fixture
def client(world: World, browser: Callable[..., Client]) -> Client:
    """The owner, whose number can send and has a template that carries texts."""
    from qafila.senders.models import Sender
    from tests.web.new_contract.wizard import TEMPLATE

    Sender.objects.filter(pk=world.here.sender.pk).update(state="ready", default_template=TEMPLATE)
    return browser(world.here.people["owner"])

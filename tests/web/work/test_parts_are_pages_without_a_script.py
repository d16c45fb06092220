"""What a page fetches by a script is also behind a plain link: there it is a whole page with a way back, not bare lines."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client

from tests.web.world import World

pytestmark = pytest.mark.django_db
_LOOK = re.compile(r'<a data-needless href="([^"]+)">')


@pytest.mark.parametrize(
    ("page", "says"),
    [("/campaigns/{contract}", "What waits, and why"), ("/numbers/{number}", "What it did")],
)
def test_look_leads_to_a_page(world: World, browser: Callable[..., Client], page: str, says: str) -> None:
    here = world.here
    client = browser(here.people["owner"])
    address = page.format(contract=here.campaign.public_id, number=here.sender.public_id)
    link = _LOOK.search(client.get(address).content.decode())
    assert link is not None
    whole = client.get(link[1])
    text = whole.content.decode()
    assert whole.status_code == 200
    assert text.lstrip().startswith("<!doctype html>")
    assert "<h1" in text
    assert says in text
    assert f'href="{address}"' in text, "the way back"
    part = client.get(link[1], headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert part.strip()
    assert part.strip() in text, "the same lines"

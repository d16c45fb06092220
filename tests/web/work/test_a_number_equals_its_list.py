"""Every figure that links to a list says how long that list is: tiles, the strip of numbers, funnel, shares, reasons, tabs,
contracts. Both are asked as a browser would, and the rows behind the list are counted in an export."""

from __future__ import annotations

import csv
import io
import random
import re
from datetime import datetime
from html import unescape

import pytest
from django.test import Client

from qafila.businesses.actor import Actor
from qafila.businesses.models import Business
from qafila.campaigns.models import Campaign
from qafila.senders.actions import create_provider_account, create_sender
from qafila.senders.models import AccountState, ProviderAccount, Sender

pytestmark = pytest.mark.django_db
_TILE = re.compile(r'<a class="q-tile[^"]*" href="([^"]+)">.*?data-count="(\d+)"', re.DOTALL)
_NUMBER = r'<bdi dir="ltr" class="q-num">([\d,]+)</bdi>'
_FIGURE = re.compile(r'<a class="q-figure" href="([^"]+)">' + _NUMBER)
_THERE = re.compile(r'<a href="([^"]+)">' + _NUMBER + r" just there</a>")
_REASON = re.compile(r'<a href="([^"]+)"><strong>' + _NUMBER + "</strong>")
_STRIP = re.compile(r'<a href="(/senders/\?state=\w+)"><span class="q-chip.*?</span></span> ' + _NUMBER)
_SHARE = re.compile(r'<a class="q-share" href="([^"]+)">' + _NUMBER)
_TAB = re.compile(r'<li><a href="([^"]+)"[^>]*>[^<]*<bdi dir="ltr" class="q-num q-tab-count">([\d,]+)</bdi>')
_TOTAL = re.compile(r'<span id="list-total">' + _NUMBER)


@pytest.fixture
def stopped(business: Business, sender: Sender, owner_actor: Actor, now: datetime) -> None:
    """A second account whose token is dead, with numbers that say of themselves that they are ready, resting and paused."""
    account = create_provider_account(
        business=business,
        kind="cloud_api",
        name="Dead token",
        base_url="http://127.0.0.1:9/v23.0",
        ref="100000000000009",
        token="EAAG-other-token",
        app_secret="other-app-secret",
        verify_token="other-verify-token",
        allow_private_network=True,
        actor=owner_actor,
        now=now,
    )
    for n, state in enumerate(("ready", "ready", "resting", "paused")):
        made = create_sender(
            business=business,
            name=f"Stopped {n}",
            phone=f"+20100000009{n}",
            provider_account=account,
            ref=f"20000000000009{n}",
            actor=owner_actor,
            now=now,
        )
        Sender.objects.filter(pk=made.pk).update(state=state)
    ProviderAccount.objects.filter(pk=account.pk).update(
        state=AccountState.STOPPED, state_reason="cloud_api.190"
    )


def links(client: Client, address: str) -> list[tuple[str, int]]:
    """Every (address, figure) on a page."""
    text = client.get(address).content.decode()
    found = []
    for pattern in (_TILE, _STRIP, _FIGURE, _SHARE, _THERE, _REASON, _TAB):
        for escaped, figure in pattern.findall(text):
            url = unescape(escaped)
            found.append(
                (
                    address.partition("?")[0] + url if url.startswith("?") else url,
                    int(figure.replace(",", "")),
                )
            )
    return found


def length(client: Client, address: str) -> tuple[int, int]:
    """What a list says of itself, and how many rows an export of it has."""
    text = client.get(address).content.decode()
    said = _TOTAL.search(text)
    mark = "&" if "?" in address else "?"
    answer = client.get(f"{address}{mark}format=csv")
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    exported = (
        len(list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))) - 1
        if answer["Content-Type"].startswith("text/csv")
        else 0
    )
    return (int(said[1].replace(",", "")) if said else 0), exported


def test_the_strip_counts_the_state_that_counts(
    stopped: None, day: list[Campaign], owner: Client, business: Business
) -> None:
    del stopped
    found = {url: figure for url, figure in links(owner, "/") if url.startswith("/senders/")}
    assert found == {"/senders/?state=ready": 1, "/senders/?state=stopped": 4}
    for url, figure in found.items():
        assert length(owner, url) == (figure, figure), url
    # The red button says how many it pauses: also those that would begin again with their account.
    assert "4 numbers stop sending" in owner.get("/").content.decode()
    answer = owner.post("/dashboard/pause-all", {"reason": ""}, follow=True)
    assert "4 numbers were paused" in answer.content.decode()


def test_a_hundred_random_clicks(stopped: None, day: list[Campaign], owner: Client) -> None:
    del stopped
    pages = ["/", "/messages/", "/campaigns/", *(f"/campaigns/{one.public_id}" for one in day)]
    pages += [f"/messages/?campaign={one.public_id}" for one in day]
    pages += ["/messages/?reached=out"]
    found = [link for page in pages for link in links(owner, page)]
    assert len(found) >= 100
    for kind in ("at_from=", "reason=", "reached=", "status=", "campaign="):
        assert any(kind in url for url, _ in found), kind
    clicked = random.Random(11).sample(found, 100)
    differing = [
        (url, figure, said) for url, figure in clicked if (said := length(owner, url)) != (figure, figure)
    ]
    assert differing == []
    assert any(url.startswith("/senders/?state=") for url, _ in found)


def test_the_parts_of_a_contract_make_the_whole(day: list[Campaign], owner: Client) -> None:
    for campaign in day:
        address = f"/messages/?campaign={campaign.public_id}"
        tabs = dict(links(owner, address))
        total = length(owner, address)[0]
        parts = [figure for url, figure in tabs.items() if "state=" in url]
        assert sum(parts) == total == campaign.batch.total

"""The pages that ``bench.pages`` looks at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bench.parts import now

if TYPE_CHECKING:
    from bench.pages import House


def addresses(house: House) -> Iterator[tuple[str, str]]:
    """A name for each page, and where it is."""
    from qafila.ledger.models import Message
    from qafila.ledger.states import State

    zone = ZoneInfo(house.business.timezone)
    today = now().astimezone(zone).date().isoformat()
    contract, batch = house.largest.public_id, house.largest.batch_id
    yield "dashboard", "/"
    yield "dashboard, refreshed", "/dashboard/part"
    yield "dashboard chart", "/dashboard/pace.json"
    yield "dashboard chart of a day", "/dashboard/pace.json?minutes=1440"
    yield "contracts", "/campaigns/"
    yield "contracts, running", "/campaigns/?status=in_progress"
    yield "contracts, searched", "/campaigns/?q=contract"
    yield "contract", f"/campaigns/{contract}"
    yield "contract, refreshed", f"/campaigns/{contract}/part"
    yield "contract chart", f"/campaigns/{contract}/course.json"
    yield "senders", "/senders/"
    sender = house.senders[3].public_id
    yield "sender", f"/senders/{sender}"
    yield "sender, refreshed", f"/senders/{sender}/part"
    yield "sender's pace", f"/senders/{sender}/pace.json"
    yield "alerts", "/alerts/"
    yield "alerts, all", "/alerts/?state=all"
    yield "search, a name", "/search?q=contract"
    yield "search, a phone number", "/search?q=%2B201000000777"
    yield "search, nothing found", "/search?q=nowhere"
    yield "audit log", "/audit/"
    yield "audit log of an action", "/audit/?action=contract.started"
    yield "audit log, searched", "/audit/?q=contract_77"
    yield "team", "/team/"
    yield "keys", "/keys/"
    yield "settings", "/settings/"
    yield "messages", "/messages/"
    for state in State:
        yield f"messages, {state.word}", f"/messages/?state={state.word}"
        yield f"contract's messages, {state.word}", f"/messages/?state={state.word}&campaign={contract}"
    yield "messages, oldest waiting", "/messages/?state=queued&sort=id"
    yield "messages, a late page", "/messages/?page=400"
    yield "messages, the last page there is", "/messages/?page=2000"
    yield "messages sent today", f"/messages/?reached=out&at_from={today}"
    yield "messages failed today", f"/messages/?state=failed&at_from={today}"
    yield (
        "contract's messages, one reason",
        f"/messages/?campaign={contract}&state=failed&reason=cloud_api.131026",
    )
    yield "messages, one reason", "/messages/?state=failed&reason=cloud_api.131026"
    yield "messages of a number", f"/messages/?sender={sender}&state=read"
    yield "messages of some days", "/messages/?at_from=2020-01-01&at_to=2099-01-01"
    # One whom every contract of either size has a message for.
    yield "messages of a person", "/messages/?q=%2B201000000007"
    story = Message.objects.filter(batch_id=batch, state=State.READ).first()
    if story is not None:
        yield "one message", f"/messages/{story.pk}"
    waiting = Message.objects.filter(batch_id=batch, state=State.QUEUED).first()
    if waiting is not None:
        yield "one waiting message", f"/messages/{waiting.pk}"

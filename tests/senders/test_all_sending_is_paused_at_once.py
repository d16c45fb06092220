"""One button stops every number of a business; the other brings back exactly those that it stopped."""

from __future__ import annotations

import pytest

from qafila.businesses.models import AuditEntry
from qafila.businesses.refusals import NotFound
from qafila.events.models import Event
from qafila.senders import actions
from qafila.senders.models import Sender


@pytest.fixture
def numbers(sender, phone_linked_sender, business, provider_account, owner_actor, now) -> dict[str, Sender]:
    """One that is ready, one that rests, one that a person paused before, one that cannot send."""
    made = {"ready": sender, "resting": phone_linked_sender}
    for n, state in enumerate(("paused", "stopped")):
        made[state] = actions.create_sender(
            business=business,
            name=state,
            phone=f"+20100000009{n}",
            provider_account=provider_account,
            ref=f"9{n}",
            actor=owner_actor,
            now=now,
        )
    for state, one in made.items():
        paused = {"paused_by": "person", "state_reason": "holiday"} if state == "paused" else {}
        Sender.objects.filter(pk=one.pk).update(state=state, **paused)
    Event.objects.all().delete()
    return made


def states() -> dict[str, str]:
    return dict(Sender.objects.values_list("name", "state"))


def test_all_stop_and_the_same_go_on(numbers, business, owner_actor, now) -> None:
    before = states()
    assert actions.pause_all(business=business, reason=" fire alarm ", actor=owner_actor, now=now) == 2
    assert sorted(states().values()) == ["paused", "paused", "paused", "stopped"]
    assert actions.pause_all(business=business, reason="again", actor=owner_actor, now=now) == 0
    entry = AuditEntry.objects.filter(business=business).latest("pk")
    assert (entry.action, entry.detail) == ("sending.paused", {"reason": "fire alarm", "numbers": 2})
    assert sorted(e.data["from"] for e in Event.objects.filter(kind="sender.state_changed")) == [
        "ready",
        "resting",
    ]
    assert actions.resume_all(business=business, actor=owner_actor, now=now) == 2
    assert states() == {**before, numbers["resting"].name: "ready"}
    assert actions.resume_all(business=business, actor=owner_actor, now=now) == 0


def test_nobody_stops_another_business(numbers, business, stranger_actor, now) -> None:
    with pytest.raises(NotFound):
        actions.pause_all(business=business, reason="", actor=stranger_actor, now=now)
    assert actions.pause_all(business=stranger_actor.business, reason="", actor=stranger_actor, now=now) == 0
    assert states()[numbers["ready"].name] == "ready"

"""Resolution: the direction's number, the account's default, its old single number, none; by itself away from a number that
is unavailable, and back; and always with the explanation."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from qafila.senders.rules.resolution import LONGEST_WAIT, Choice, Line, Number, Purpose, resolve

if TYPE_CHECKING:
    from qafila.businesses.actor import Actor
    from qafila.businesses.models import Business
    from qafila.senders.models import Sender

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
OWN = Number(1, "Clinic", "+70000000001", "ready")
DEFAULT = Number(2, "Main", "+70000000002", "ready")
OLD = Number(3, "Old", "+70000000003", "ready")


def _choose(
    own: Number | None = OWN,
    default: Number | None = DEFAULT,
    legacy: Number | None = None,
    legacy_phone: str = "",
    purpose: Purpose = Purpose.SENDING,
    gone: str = "",
) -> Choice:
    return resolve(
        line=Line("Implants", own, gone),
        default=default,
        legacy_phone=legacy_phone or (legacy.phone if legacy else ""),
        legacy=legacy,
        purpose=purpose,
        now=NOW,
    )


def _codes(choice: Choice) -> list[str]:
    return [code for code, _ in choice.steps]


def test_its_own_number_serves() -> None:
    choice = _choose()
    assert (choice.number, choice.phone, choice.source) == (OWN, OWN.phone, "direction")
    assert _codes(choice) == ["route_own", "route_used"]


@pytest.mark.parametrize(
    ("own", "code"),
    [
        (replace(OWN, state="paused"), "route_paused"),
        (replace(OWN, state="stopped"), "route_stopped"),
        (replace(OWN, state="not_connected"), "route_not_connected"),
        (replace(OWN, is_active=False), "route_switched_off"),
        (
            replace(OWN, state="resting", rest_until=NOW + LONGEST_WAIT + timedelta(seconds=1)),
            "route_resting",
        ),
        (replace(OWN, state="resting"), "route_resting"),
    ],
)
def test_away_from_a_number_that_cannot_send_and_back(own: Number, code: str) -> None:
    choice = _choose(own)
    assert (choice.number, choice.source) == (DEFAULT, "default")
    assert _codes(choice) == ["route_own", code, "route_default", "route_used"]
    assert _choose(OWN).number == OWN


def test_a_short_rest_is_waited_for() -> None:
    resting = replace(OWN, state="resting", rest_until=NOW + LONGEST_WAIT)
    assert _choose(resting).number == resting


@pytest.mark.parametrize("state", ["paused", "stopped", "not_connected", "resting"])
def test_an_ad_keeps_a_number_that_only_cannot_send(state: str) -> None:
    own = replace(OWN, state=state)
    assert _choose(own, purpose=Purpose.ADS).number == own
    off = replace(own, is_active=False)
    assert _choose(off, purpose=Purpose.ADS).number == DEFAULT


def test_without_one_of_its_own_the_default_serves() -> None:
    choice = _choose(None)
    assert (choice.number, _codes(choice)) == (DEFAULT, ["route_no_own", "route_default", "route_used"])
    gone = _choose(None, gone="+70000000009")
    assert _codes(gone)[0] == "route_gone"
    nobody = resolve(
        line=None, default=DEFAULT, legacy_phone="", legacy=None, purpose=Purpose.SENDING, now=NOW
    )
    assert (nobody.number, nobody.source) == (DEFAULT, "default")


STAND_IN = Number(4, "Spare", "+70000000004", "ready")


def _with_stand_in(own: Number | None, default: Number | None = DEFAULT, **line: str) -> Choice:
    return resolve(
        line=Line("Implants", own, fallback=STAND_IN, **line),
        default=default,
        legacy_phone="",
        legacy=None,
        purpose=Purpose.SENDING,
        now=NOW,
    )


def test_a_stand_in_serves_while_the_own_number_does_not() -> None:
    assert _with_stand_in(OWN).number == OWN
    choice = _with_stand_in(replace(OWN, state="stopped"))
    assert (choice.number, choice.source) == (STAND_IN, "fallback")
    assert _codes(choice) == ["route_own", "route_stopped", "route_fallback", "route_used"]
    assert _with_stand_in(None, gone_phone="+70000000009").number == STAND_IN


def test_a_direction_that_uses_the_default_has_its_stand_in_behind_it() -> None:
    assert _with_stand_in(None).number == DEFAULT
    choice = _with_stand_in(None, replace(DEFAULT, state="paused"))
    assert (choice.number, choice.source) == (STAND_IN, "fallback")
    assert _codes(choice) == ["route_no_own", "route_default", "route_paused", "route_fallback", "route_used"]
    assert _codes(_with_stand_in(None, None))[1:] == ["route_no_default", "route_fallback", "route_used"]


def test_nobody_is_tried_twice() -> None:
    own, spare = replace(OWN, state="stopped"), replace(STAND_IN, state="paused")
    line = Line("Implants", own, fallback=spare)
    given = {"legacy_phone": "", "legacy": None, "purpose": Purpose.SENDING, "now": NOW}
    choice = resolve(line=line, default=own, **given)  # type: ignore[arg-type]
    assert choice.source == "none"
    assert _codes(choice) == [
        "route_own",
        "route_stopped",
        "route_fallback",
        "route_paused",
        "route_default_tried",
        "route_none_sending",
    ]
    itself = resolve(line=replace(line, fallback=own), default=own, **given)  # type: ignore[arg-type]
    assert _codes(itself) == ["route_own", "route_stopped", "route_default_same", "route_none_sending"]


def test_the_old_number_comes_last() -> None:
    off = replace(DEFAULT, is_active=False)
    choice = _choose(None, off, OLD)
    assert (choice.number, choice.source) == (OLD, "legacy")
    assert _codes(choice)[-2:] == ["route_legacy", "route_used"]
    assert _choose(None, off, replace(OLD, state="paused")).source == "none"
    assert _choose(None, off, replace(OLD, state="paused"), purpose=Purpose.ADS).source == "legacy"
    assert _choose(None, off, off, purpose=Purpose.ADS).source == "none"


def test_an_old_number_that_is_not_in_the_list_serves_ads_only() -> None:
    ads = _choose(None, None, legacy_phone="+70000000007", purpose=Purpose.ADS)
    assert (ads.number, ads.phone, ads.source) == (None, "+70000000007", "legacy")
    sending = _choose(None, None, legacy_phone="+70000000007")
    assert (sending.phone, sending.source) == ("", "none")
    assert _codes(sending) == [
        "route_no_own",
        "route_no_default",
        "route_legacy",
        "route_legacy_unknown",
        "route_none_sending",
    ]


def test_none_is_said_too() -> None:
    off = replace(DEFAULT, state="paused")
    assert _codes(_choose(off, off))[-3:] == ["route_paused", "route_default_same", "route_none_sending"]
    assert _codes(_choose(None, None, purpose=Purpose.ADS))[-1] == "route_none_ads"


@pytest.mark.django_db
def test_it_follows_the_numbers_as_they_are(
    business: Business, sender: Sender, phone_linked_sender: Sender, owner_actor: Actor, now: datetime
) -> None:
    from qafila.senders import actions
    from qafila.senders.direction_queries import resolve as resolved

    line = actions.create_direction(
        business=business, name="Implants", sender=phone_linked_sender, actor=owner_actor, now=now
    )
    assert resolved(line, business, now=now).sender == phone_linked_sender
    actions.pause_sender(sender=phone_linked_sender, by="person", actor=owner_actor, now=now)
    found = resolved(line, business, now=now)
    assert (found.sender, found.fell_back) == (sender, True)
    assert resolved(line, business, purpose=Purpose.ADS, now=now).sender == phone_linked_sender
    actions.stop_account(account_id=sender.provider_account_id, reason="cloud_api.190", now=now)  # type: ignore[arg-type]
    assert resolved(line, business, now=now).source == "none"
    actions.resume_sender(sender=phone_linked_sender, actor=owner_actor, now=now)
    assert resolved(line, business, now=now).sender == phone_linked_sender
    assert resolved(None, business, now=now).source == "none"


@pytest.mark.django_db
def test_a_number_that_goes_leaves_its_name_behind_and_the_default_serves(
    business: Business, sender: Sender, owner_actor: Actor, now: datetime
) -> None:
    """Deleted in SQL or by Django: the database empties the direction's number itself."""
    from django.db import connection

    from qafila.senders import actions
    from qafila.senders.direction_models import Direction
    from qafila.senders.direction_queries import resolve as resolved
    from qafila.senders.models import Sender

    for phone, by_hand in (("+201000000021", True), ("+201000000022", False)):
        other = actions.add_number(business=business, phone=phone, actor=owner_actor, now=now)
        line = actions.create_direction(
            business=business, name=phone, sender=other, actor=owner_actor, now=now
        )
        if by_hand:
            with connection.cursor() as cursor:
                cursor.execute("DELETE FROM senders_sender WHERE id = %s", [other.pk])
        else:
            Sender.objects.filter(pk=other.pk).delete()
        line = Direction.objects.get(pk=line.pk)
        assert (line.sender_id, line.gone_phone) == (None, phone)
        found = resolved(line, business, now=now)
        assert (found.sender, found.fell_back, found.steps[0][0]) == (sender, True, "route_gone")
        actions.change_direction(direction=line, sender=None, actor=owner_actor, now=now)
        assert (line.gone_phone, resolved(line, business, now=now).fell_back) == ("", False)


@pytest.mark.django_db
def test_a_direction_is_named_once_and_belongs_to_one_business(
    business: Business, sender: Sender, owner_actor: Actor, stranger_actor: Actor, now: datetime
) -> None:
    from qafila.businesses.refusals import Clash, NotFound, Refused
    from qafila.senders import actions

    line = actions.create_direction(business=business, name="Implants", actor=owner_actor, now=now)
    with pytest.raises(Clash) as refused:
        actions.create_direction(business=business, name=" implants ", actor=owner_actor, now=now)
    assert refused.value.code == "direction_name_taken"
    with pytest.raises(NotFound):
        actions.change_direction(direction=line, name="x", actor=stranger_actor, now=now)
    with pytest.raises(NotFound):
        actions.create_direction(
            business=stranger_actor.business, name="x", sender=sender, actor=stranger_actor, now=now
        )
    with pytest.raises(Refused) as odd:
        actions.change_direction(direction=line, colour="red", actor=owner_actor, now=now)
    assert odd.value.code == "colour_invalid"
    changed = actions.change_direction(
        direction=line, name="Braces", colour="#1F8A70", sender=sender, actor=owner_actor, now=now
    )
    assert changed == ["colour", "name", "sender_id"]
    assert (line.name, line.colour, line.sender) == ("Braces", "#1f8a70", sender)

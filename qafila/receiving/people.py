"""Who wrote, and what they want of us: the contacts room's verbs, called from the receiver's thread.

Each verb is a transaction of its own and may run twice: the receiver calls them before it commits, so that nothing is
lost when either side does not come to an end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from qafila.alerts import actions as alerts
from qafila.alerts.models import Level
from qafila.businesses.models import Business
from qafila.businesses.refusals import NotFound
from qafila.contacts import actions as contacts
from qafila.contacts.models import Identity, OptOut
from qafila.receiving.rules.identities import USERNAME, Person
from qafila.receiving.rules.wishes import Wish
from qafila.receiving.values import News, Said, Trouble
from qafila.senders.actions import news as senders


@dataclass(frozen=True, slots=True)
class Alias:
    """Another identity of a known contact."""

    business_id: int
    contact_id: int
    kind: str
    value: str


def find_or_make(people: Iterable[Person], *, now: datetime) -> dict[Person, int]:
    """The contact of each person; made where none of the identities is known. Identities that are new are learned."""
    found: dict[Person, int] = {}
    by_business: dict[int, list[Person]] = {}
    for person in dict.fromkeys(people):
        by_business.setdefault(person.business_id, []).append(person)
    for business_id, group in sorted(by_business.items()):
        found |= _in_business(business_id, group, now)
    return found


def _in_business(business_id: int, people: Sequence[Person], now: datetime) -> dict[Person, int]:
    known = _known(business_id, people)
    chosen = {person: next((key for key in person.keys if key in known), person.keys[0]) for person in people}
    contact_of: dict[tuple[str, str], int] = {}
    for kind in sorted({kind for kind, _ in chosen.values()}):
        values = list(dict.fromkeys(value for which, value in chosen.values() if which == kind))
        names = {
            value: person.name for person, (which, value) in chosen.items() if which == kind and person.name
        }
        found = contacts.ensure_identities(
            business_id=business_id, kind=kind, values=values, names=names, now=now
        )
        contact_of |= {(kind, value): contact_id for value, contact_id in found.items()}
    for person, key in chosen.items():
        for kind, value in person.keys:
            if (kind, value) not in known and (kind, value) != key:
                contacts.learn_alias(
                    business_id=business_id, contact_id=contact_of[key], kind=kind, value=value
                )
                known.add((kind, value))
    return {person: contact_of[key] for person, key in chosen.items()}


def _known(business_id: int, people: Sequence[Person]) -> set[tuple[str, str]]:
    """Which of their identities belong to somebody."""
    wanted: dict[str, set[str]] = {}
    for person in people:
        for kind, value in person.keys:
            wanted.setdefault(kind, set()).add(value)
    known: set[tuple[str, str]] = set()
    for kind, values in sorted(wanted.items()):
        rows = Identity.objects.filter(business_id=business_id, kind=kind, value__in=values)
        known |= {(kind, value) for value in rows.values_list("value", flat=True)}
    return known


def heed(
    wishes: Sequence[Said],
    aliases: Sequence[Alias],
    troubles: Sequence[Trouble],
    news: Sequence[News] = (),
    *,
    now: datetime,
) -> None:
    """Records wishes in the order they were said, identities that were learned, what is new of numbers, accounts and
    templates, and raises alerts."""
    for said in sorted(wishes, key=lambda one: one.at):
        if said.wish is Wish.STOP:
            contacts.opt_out(
                business_id=said.business_id,
                contact_id=said.contact_id,
                source=said.source,
                words=said.words,
                now=said.at,
            )
        elif not _refused_since(said):
            contacts.opt_in(
                business_id=said.business_id,
                contact_id=said.contact_id,
                source=said.source,
                now=said.at,
            )
    for alias in aliases:
        learn = contacts.take_username if alias.kind == USERNAME else contacts.learn_alias
        # The person may be gone meanwhile: then there is nobody to know under another name.
        with suppress(NotFound):
            learn(
                business_id=alias.business_id,
                contact_id=alias.contact_id,
                kind=alias.kind,
                value=alias.value,
            )
    for one in sorted(news, key=lambda one: one.at):
        senders.heed(
            account_id=one.account.id, notice=one.notice, sender_ref=one.sender_ref, at=one.at, now=now
        )
    # Webhooks may outlive the business that they came for: then nobody is left to tell.
    alive = set(
        Business.objects.filter(pk__in={one.business_id for one in troubles}).values_list("pk", flat=True)
    )
    for trouble in troubles:
        if trouble.business_id not in alive:
            continue
        alerts.raise_alert(
            trouble.code,
            business_id=trouble.business_id,
            level=Level(trouble.level),
            params=trouble.params,
            subject=trouble.subject,
            now=now,
        )


def _refused_since(said: Said) -> bool:
    """Two workers may read two messages in the other order: an older yes does not undo a newer no."""
    return OptOut.objects.filter(
        business_id=said.business_id, contact_id=said.contact_id, ended_at=None, at__gt=said.at
    ).exists()

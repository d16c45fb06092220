"""Which rows of a draft the contract that they are for has already; nothing is written."""

from __future__ import annotations

from collections.abc import Iterable

from qafila.campaigns.models import Draft
from qafila.campaigns.rules.recipients import Recipient
from qafila.contacts.queries import contacts_of_phones
from qafila.ledger.adding import Said, standing_rows


def standing_among(draft: Draft, rows: Iterable[Recipient]) -> set[int]:
    """Of these good rows the numbers of those that say what the draft's contract says to that person already. Made for some
    thousands at once; two statements, and none for a draft that makes a new contract."""
    if draft.adds_to is None:
        return set()
    listed = list(rows)
    contacts = contacts_of_phones(draft.business_id, {row.digits for row in listed})
    asked = [row for row in listed if row.digits in contacts]
    said = [Said(contacts[row.digits], row.body, row.params) for row in asked]
    found = standing_rows(draft.adds_to.batch, said, once_per_person=draft.duplicates == "number")
    return {asked[place].row for place in found}

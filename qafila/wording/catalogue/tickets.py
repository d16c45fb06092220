"""Tickets: what is refused."""

from qafila.wording.entries import Entry, _

ENTRIES: dict[str, Entry] = {
    "ticket_closed": Entry(_("This ticket is closed."), "", _("Look for the open ticket of this person.")),
}

"""Contracts that begin by themselves at a moment that was set."""

from qafila.wording.entries import Entry, _

ENTRIES: dict[str, Entry] = {
    "begin_unreadable": Entry(
        _("This is no day with a time."), "", _("Choose both, such as `2026-12-01 09:00`.")
    ),
    "begin_skipped": Entry(
        _("There is no {time} on that day: the clock is put forward past it."),
        "",
        _("Choose a time an hour earlier or later."),
    ),
    "begin_in_past": Entry(
        _("This moment is over."), "", _("Choose one that is still to come, or begin now.")
    ),
    "begin_too_far": Entry(_("This moment is too far away."), "", _("Choose one within a year from now.")),
    "begin_too_late": Entry(
        _("Qafila was not running at that moment, and an hour and more went by."),
        _("What was meant for then may be wrong now, so nothing was sent."),
        _("Look at its texts. Then start it, or set another moment."),
    ),
    "contract_has_begun": Entry(
        _("Only a contract that has not begun can be given a moment."),
        _("This one has begun, or its file could not be read."),
    ),
    "planned_start_refused": Entry(
        _("The contract {contract} did not begin at the moment that was set."),
        _("The reason: {reason}"),
        _("Put that right. Then start the contract, or set another moment."),
    ),
}

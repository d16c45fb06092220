"""Why a message waits, and why one was not sent."""

from qafila.wording.entries import Entry, _

_NOTHING = _("Nothing to do: it goes on by itself.")
_RESUME_SENDER = _("Look at the number, put right what it says, then resume it.")

ENTRIES: dict[str, Entry] = {
    "in_queue": Entry(_("It is in the queue, and its turn is near."), "", _NOTHING),
    "not_started": Entry(_("It has not been started yet."), "", _("Start it.")),
    "paused": Entry(_("A person has paused it."), "", _("Start it again when you want it to go on.")),
    "paused_all": Entry(
        _("All sending is paused."),
        _("A person stopped every number at once."),
        _("Resume all sending on the start page."),
    ),
    "pace": Entry(
        _("The number keeps a pause between messages."),
        _("It sends as calmly as a person would, so that it is not banned."),
        _NOTHING,
    ),
    "pace_minute": Entry(
        _("The number has sent as many messages as it may in a minute."),
        _("It sends as calmly as a person would, so that it is not banned."),
        _NOTHING,
    ),
    "pace_day": Entry(
        _("The number has sent as many messages as it may in a day."),
        _("The daily limit grows with the age of the number."),
        _("It goes on tomorrow by itself. A package of several numbers would be faster."),
    ),
    "resting": Entry(
        _("The number is resting."),
        _("The provider limits it for a time."),
        _("Nothing to do: it tries again by itself."),
    ),
    "pair_limit": Entry(
        _("This person got a message a moment ago."),
        _("WhatsApp limits how fast one person may be written to."),
        _NOTHING,
    ),
    "portfolio_limit": Entry(
        _("Your business has reached its limit of new people in 24 hours."),
        _("Meta sets this limit for all your numbers together, and raises it with good quality."),
        _NOTHING,
    ),
    "outside_hours": Entry(
        _("It is outside the hours in which you send."),
        _("Answers to people who write to you go out all the same."),
        _NOTHING,
    ),
    "quiet_hours": Entry(_("It is too early or too late for this person."), "", _NOTHING),
    "retry_wait": Entry(_("The last attempt did not work, and the next one follows soon."), "", _NOTHING),
    "account_stopped": Entry(
        _("No number of this provider account can send."),
        _("The reason: {reason}"),
        _("Put right what the provider says, then resume the account."),
    ),
    "sender_ready": Entry(_("The number is ready to send."), "", ""),
    "sender_resting": Entry(
        _("The number {sender} rests and comes back by itself."),
        _("It rests until {until}. The reason: {reason}"),
        _("Nothing to do. If it happens often, send less, and only to people who asked for it."),
    ),
    "sender_paused": Entry(_("The number is paused."), _("The reason: {reason}"), _("Resume the number.")),
    "sender_stopped": Entry(_("The number {sender} cannot send."), _("The reason: {reason}"), _RESUME_SENDER),
    "sender_not_connected": Entry(
        _("The number is not connected to a provider yet."), "", _("Connect the number to a provider.")
    ),
    "no_worker": Entry(
        _("No worker is running, so nothing is sent."),
        _("The process that sends has not been seen for half a minute."),
        _("Start it with `qafila up`, or look into its log."),
    ),
    "opted_out": Entry(
        _("This person has unsubscribed."), _("Whoever says STOP gets no more campaigns."), ""
    ),
    "duplicate": Entry(
        _("The same text goes to this number already."), _("Within one campaign it is sent once."), ""
    ),
    "invalid_number": Entry(_("Invalid number"), "", _("Put the number right and send to it again.")),
    "window_closed": Entry(
        _("Free text is not possible to this person now."),
        _("They have not written to this number in the last 24 hours."),
        _("Send an approved template instead."),
    ),
    "cancelled": Entry(_("It was cancelled before it was sent."), "", ""),
    "expired": Entry(_("It was too late to send it."), _("Its last sending time has passed."), ""),
    "resolved_sent": Entry(_("A person decided: it was sent."), _("Its answer had been lost."), ""),
    "resolved_failed": Entry(
        _("A person decided: it was not sent."),
        _("Its answer had been lost."),
        _("Retry it, if it should still go out."),
    ),
    "resolved_resend": Entry(
        _("A person decided: it is sent again."), _("Its answer had been lost, so it may arrive twice."), ""
    ),
    "rested_by_person": Entry(
        _("A person lets the number rest."),
        "",
        _("Nothing to do: it comes back by itself, or resume it now."),
    ),
    "rest_invalid": Entry(
        _("A rest ends in the future, at most 7 days from now."), "", _("For longer, pause the number.")
    ),
}

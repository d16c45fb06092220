"""Numbers and directions: which number serves, and what is refused."""

from qafila.wording.entries import Entry, _, counted

ENTRIES: dict[str, Entry] = {
    "route_own": Entry(_("The direction {direction} has a number of its own: {label} ({number}).")),
    "route_no_own": Entry(_("The direction {direction} has no number of its own.")),
    "route_gone": Entry(
        _("The direction {direction} had the number {number}, which is not in the list any more."),
        "",
        _("Choose another number for the direction."),
    ),
    "route_fallback": Entry(_("{label} ({number}) stands in for it in the direction {direction}.")),
    "route_default": Entry(_("The default number is {label} ({number}).")),
    "route_default_tried": Entry(
        _("The default number is {label} ({number}), which was passed over already.")
    ),
    "route_default_same": Entry(_("It is the default number, too.")),
    "route_no_default": Entry(_("The account has no default number.")),
    "route_legacy": Entry(_("The old number of the account is {number}.")),
    "route_legacy_same": Entry(_("The old number of the account is the same one.")),
    "route_legacy_unknown": Entry(
        _("That number is not in the list, so nothing can be sent from it."), "", _("Add it to the list.")
    ),
    "route_paused": Entry(_("{label} ({number}) is paused."), "", _("Resume the number.")),
    "route_stopped": Entry(
        _("{label} ({number}) cannot send."), "", _("Look at the number, and put right what it says.")
    ),
    "route_resting": Entry(_("{label} ({number}) rests for longer than an hour.")),
    "route_switched_off": Entry(_("{label} ({number}) is switched off."), "", _("Switch the number on.")),
    "route_not_connected": Entry(
        _("{label} ({number}) is not connected to a provider, so it cannot send."),
        "",
        _("Connect the number to a provider."),
    ),
    "route_used": Entry(_("{number} is used.")),
    "route_none_sending": Entry(
        _("No number can send for it now."), "", _("Connect a number, or resume one that is paused.")
    ),
    "route_none_ads": Entry(_("No number is left: the ad platform uses its own default.")),
    "number_switched_off": Entry(
        _("The number is switched off in the list of numbers."), "", _("Switch it on there.")
    ),
    "number_not_international": Entry(
        _("The number must be written in international format."),
        "",
        _("Write it with + and the country code, for example `+12345678901`."),
    ),
    "number_used_by_directions": Entry(
        counted(
            "One direction uses this number: {directions}.",
            "{count} directions use this number: {directions}.",
        ),
        "",
        _("Give them another number first, then delete this one."),
    ),
    "number_has_history": Entry(
        _("This number cannot be deleted."),
        _("Messages that it sent or got stand in the books."),
        _("Switch it off instead."),
    ),
    "default_needed": Entry(
        _("An account with numbers always has one default."),
        "",
        _("Make another number the default instead."),
    ),
    "direction_name_taken": Entry(
        _("There is a direction of this name already."), "", _("Choose another name.")
    ),
    "colour_invalid": Entry(_("This is no colour."), "", _("Write it like `#1f8a70`.")),
    "user_account_required": Entry(
        _("The parameter `userAccountId` is missing."),
        "",
        _("Add `userAccountId` with the id of your account."),
    ),
    "source_unreadable": Entry(
        _("The other database cannot be read."),
        "",
        _("Check its address, and that this machine may reach it."),
    ),
    "no_number": Entry(
        _("The business has no number to which this could belong."), "", _("Add a number, then copy again.")
    ),
    "id_missing": Entry(_("This row has no id, so it could not be known again.")),
    "imported_failed": Entry(_("It had failed in the system before.")),
    "imported_not_sent": Entry(_("It was never sent in the system before.")),
    "imported_auto_pause": Entry(
        _("It was paused automatically in the system before."), "", _("Resume it when it should send again.")
    ),
    "direction_not_found": Entry(
        _("There is no direction with this id."),
        "",
        _("`GET /api/directions` lists your directions with their ids."),
    ),
    "direction_has_no_number": Entry(
        _("No number can send for the direction {direction} now."),
        _("The reason: {reason}"),
        _("Connect a number, or resume one that is paused."),
    ),
    "number_validated": Entry(_("The provider knows this number as its own: {name}.")),
    "number_known_unverified": Entry(
        _("The provider knows this number, and it is not verified there yet."),
        "",
        _("Finish the verification at the provider."),
    ),
    "number_not_ours": Entry(
        _("None of your provider accounts has this number."),
        "",
        _("Check how it is spelled, or add it to your account at the provider."),
    ),
    "number_not_checked": Entry(
        _("Nobody could be asked about this number."),
        _("No provider account is connected that tells about its numbers."),
        _("Connect a Cloud API account first."),
    ),
    "number_provider_silent": Entry(
        _("The provider did not tell about its numbers."), _("The reason: {reason}"), _("Try again later.")
    ),
}

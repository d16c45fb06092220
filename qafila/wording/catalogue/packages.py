"""Packages of numbers, open messages over them, and what happens when they lose numbers."""

from qafila.wording.entries import Entry, _, counted

ENTRIES: dict[str, Entry] = {
    "package_not_found": Entry(
        _("There is no package with this id."),
        "",
        _("`GET /api/v1/packages` lists your packages with their ids."),
    ),
    "one_target_only": Entry(
        _("Both an account and a package are named."),
        _("A contract goes out over one account, or over a package."),
        _("Leave one of the two fields out."),
    ),
    "package_in_use": Entry(
        counted(
            "{count} campaign over this package is not finished.",
            "{count} campaigns over this package are not finished.",
        ),
        "",
        _("Wait for them, delete them, or give them to one number."),
    ),
    "package_member_exists": Entry(_("The number is in this package already."), "", ""),
    "package_kinds_differ": Entry(
        _("Official and phone-linked numbers do not share a package."),
        _("A template cannot go out over a phone-linked number, and free text seldom over an official one."),
        _("Make a package for each kind."),
    ),
    "weight_invalid": Entry(_("A weight is a whole number from 1 to 100."), "", _("Write another number.")),
    "auto_pause_not_recommended": Entry(
        _("Auto-pause is on. This is not recommended for production."),
        _("A wrong alarm takes a number out of work until a person resumes it."),
        _("Switch it off: then trouble raises an alert, and you decide."),
    ),
    "paused_package": Entry(
        _("The number was paused with its package."), "", _("Resume the package, or this number alone.")
    ),
    "paused_by_person": Entry(
        _("A person has paused the number."), "", _("Resume it when it should send again.")
    ),
    "package_templates_differ": Entry(
        _("The numbers of the package {package} have different default templates, so none is used."),
        _("Without a template, free text reaches only people who wrote in the last 24 hours."),
        _("Name a template, or give all numbers of the package the same one."),
    ),
    "package_resting": Entry(
        _("All numbers of the package are resting."),
        _("The provider limits them for a time."),
        _("Nothing to do: it goes on by itself. A further number in the package would send now."),
    ),
    "open_content_malformed": Entry(
        _("A part of the message is missing or of the wrong form."),
        _("{why}"),
        _("Check the message and its values."),
    ),
    "contracts_right_needed": Entry(
        _("You may send an open message to at most {limit} people."),
        _("More people at once need the right `{scope}`."),
        _("Name fewer people, or ask an owner of the business for this right."),
    ),
    "content_not_carried": Entry(
        _("These numbers cannot send a message of the type `{kind}`."),
        "",
        _("Choose another type of message."),
    ),
    "carrier_differs": Entry(
        _("This contract goes out in a template, and phone-linked numbers cannot send templates."),
        "",
        _("Give it to an official number, or to a package of them."),
    ),
    "provider_silent": Entry(
        _("Nobody answers for this number."),
        _("Several calls in a row got no answer."),
        _(
            "It tries again by itself with one message. If it goes on, look whether the provider can be reached."
        ),
    ),
    "package_on_hold": Entry(
        _("It is on hold, like everything that goes out over the package {package}."),
        _("Several numbers of the package were banned or limited."),
        _("Look at the text and the recipients first. Then resume it, or cancel it."),
    ),
    "package_holds_what_begins": Entry(
        _("What begins over the package {package} now is put on hold."),
        _("Several numbers of the package were banned or limited."),
        _("Look at the text and the recipients before you send more. It ends by itself at {until}."),
    ),
    "package_losses": Entry(
        counted(
            "{count} campaign of the package {package} is on hold.",
            "{count} campaigns of the package {package} are on hold.",
        ),
        _("{numbers} of its numbers were banned or limited within 24 hours. The last reason: {reason}"),
        _("Look at the text and the recipients first. Then resume the campaigns, or cancel them."),
    ),
}

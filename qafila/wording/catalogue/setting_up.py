"""What people, keys, accounts and numbers are refused for when they are set up."""

from qafila.wording.entries import Entry, _

_WRITE_NAME = _("Write one.")

ENTRIES: dict[str, Entry] = {
    "name_missing": Entry(_("A name is missing."), "", _WRITE_NAME),
    "email_invalid": Entry(_("This is not an e-mail address."), "", _("Check how it is spelled.")),
    "email_taken": Entry(
        _("A person with this e-mail address exists already."),
        "",
        _("Make this person a member of the business instead."),
    ),
    "already_member": Entry(
        _("This person is a member of the business already."), "", _("Change the role instead.")
    ),
    "role_unknown": Entry(_("There is no such role."), "", _("Use one of these: {allowed}.")),
    "password_weak": Entry(_("This password is too easy to guess."), "", _("Choose a longer one.")),
    "language_unknown": Entry(_("There is no such language here."), "", _("Use one of these: {allowed}.")),
    "timezone_unknown": Entry(_("There is no such time zone."), "", _("Write it like this: `Africa/Cairo`.")),
    "country_unknown": Entry(
        _("There is no such country code."), "", _("Write two letters, for example `EG`.")
    ),
    "no_scopes": Entry(_("A key without any right is of no use."), "", _("Name at least one right.")),
    "scope_unknown": Entry(_("There is no such right."), "", _("Use one of these: {allowed}.")),
    "expires_in_the_past": Entry(_("The key would have expired already."), "", _("Choose a later moment.")),
    "provider_kind_unknown": Entry(
        _("There is no such kind of provider."), "", _("Use one of these: {allowed}.")
    ),
    "base_url_invalid": Entry(
        _("The provider's address cannot be used."),
        "",
        _("Write it like this: `https://graph.facebook.com/v23.0`."),
    ),
    "sender_phone_taken": Entry(
        _("This phone number belongs to another number entry already."),
        "",
        _("Change the existing entry instead."),
    ),
    "sender_connected": Entry(
        _("The number is connected to a provider already."),
        "",
        _("Disconnect it first, then connect it anew."),
    ),
    "throughput_invalid": Entry(
        _("The throughput must be a number of messages a second, greater than zero."), "", ""
    ),
    "default_template_invalid": Entry(
        _("The default template cannot be used."),
        "",
        _("Name a template and its language; one of its values takes the message."),
    ),
    "opt_out_source_unknown": Entry(
        _("It is not known where this opt-out came from."), "", _("Use one of these: {allowed}.")
    ),
}

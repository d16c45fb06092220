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
    "last_owner": Entry(
        _("A business keeps at least one owner."), "", _("Make somebody else an owner first.")
    ),
    "owned_already": Entry(_("This installation has an owner already."), "", _("Sign in.")),
    "invited_already": Entry(
        _("This person is invited already."), "", _("Make a new link for that invitation.")
    ),
    "invitation_over": Entry(
        _("This invitation opens nothing any more."),
        _("It was used, withdrawn, or is too old."),
        _("Ask for a new link."),
    ),
    "link_over": Entry(
        _("This link opens nothing any more."),
        _("It was used already, replaced by a newer one, or is too old."),
        _("Ask for a new link."),
    ),
    "other_person": Entry(
        _("This invitation is for another e-mail address."),
        "",
        _("Sign in as that person, then open it again."),
    ),
    "account_elsewhere": Entry(
        _("This account id is in use with another address of the provider."),
        "",
        _("Change that account on the page of the senders."),
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
    "key_over": Entry(_("This API key does not work any more."), "", _("Make a new one.")),
    "key_rotated": Entry(
        _("This API key was replaced already."), "", _("Use the key that took its place, or make a new one.")
    ),
    "network_invalid": Entry(
        _("This is neither an IP address nor a network."),
        _("Written was: `{given}`."),
        _("Write it like this: `203.0.113.7` or `10.1.0.0/16`."),
    ),
    "networks_too_many": Entry(
        _("These are too many networks. At most {most} can be named."), "", _("Name fewer, wider ones.")
    ),
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
    "hours_invalid": Entry(
        _("These hours cannot be read."),
        "",
        _("Write both times, from and until, and not the same time twice."),
    ),
    "hours_overlap": Entry(
        _("Two of these times overlap."), "", _("Write them one after the other, also past midnight.")
    ),
    "hours_closed": Entry(
        _("Every day is closed."),
        "",
        _("Give one day hours, or let the number send at any time. To stop it, pause it."),
    ),
    "in_use_since_invalid": Entry(
        _("The number cannot have been in use since that moment."),
        "",
        _("Name a moment in the past; there is no WhatsApp before 2009."),
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

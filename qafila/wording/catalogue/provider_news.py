"""What the provider says of numbers, accounts and templates, and why a template may not be used."""

from qafila.wording.entries import Entry, _, counted

_MANAGER = _("Look into WhatsApp Manager for what Meta asks for.")
_APPEAL = _("Look into Meta Business Manager. You can ask for a review there.")

ENTRIES: dict[str, Entry] = {
    "template_not_approved": Entry(
        _("Meta has not approved this template."),
        _("It waits for its review, or it was taken back."),
        _("Wait until it is approved, or choose another template."),
    ),
    "template_rejected": Entry(
        _("Meta has rejected the template {template}."),
        _("Meta says: {why}"),
        _("Change the template and hand it in again, or use another."),
    ),
    "template_disabled": Entry(
        _("Meta has switched the template {template} off for good."),
        _("Too many people did not want it."),
        _("Use another template."),
    ),
    "number_blocked": Entry(
        _("Meta lets no messages of the number {sender} through."),
        _("Meta says: {why}"),
        _MANAGER,
    ),
    "health_unreadable": Entry(
        _("What Meta says of {name} cannot be read."),
        _("The reason: {reason}"),
        _("Put this right, so that limits and quality are known here."),
    ),
    "limit_lowered": Entry(
        counted(
            "Meta lowered your limit: you may begin with {people} new person in 24 hours.",
            "Meta lowered your limit: you may begin with {people} new people in 24 hours.",
            "people",
        ),
        _("It holds for all your numbers together."),
        _("Nothing to do: sending keeps to it. Good quality raises it again."),
    ),
    "portfolio_shared": Entry(
        _("Another business here sends over the same Meta portfolio as the account {account}."),
        _(
            "Meta counts the people of both together; here each counts only its own, so both may pass the limit."
        ),
        _("Set a limit of your own, for example half of Meta's: qafila accounts limit NUMBER PEOPLE"),
    ),
    "name_declined": Entry(
        _("Meta declined the name {name} for the number {sender}."),
        "",
        _("Choose another display name in WhatsApp Manager."),
    ),
    "account_restricted": Entry(
        _("Meta restricts the account {account}."), _("Meta calls it {detail}."), _APPEAL
    ),
    "account_no_new_chats": Entry(
        _("Meta lets this number begin no conversations for a while. Answers go out."),
        _("Meta restricts the account of this number."),
        _("Nothing to do: it ends by itself. You can ask for a review in Meta Business Manager."),
    ),
    "account_no_messages": Entry(
        _("Meta lets this number send nothing for a while, no answers either."),
        _("Meta restricts the account of this number."),
        _("Nothing to do: it ends by itself. You can ask for a review in Meta Business Manager."),
    ),
    "account_restricted_chats": Entry(
        _("Meta lets the account {account} begin no conversations until {until}."),
        _("Meta calls it {detail}. Its numbers rest until then; answers to people who write still go out."),
        _(
            "It ends by itself. Look into Meta Business Manager for the reason; you can ask for a review there."
        ),
    ),
    "account_restricted_answers": Entry(
        _("Meta lets the account {account} send nothing until {until}, no answers either."),
        _("Meta calls it {detail}. Its numbers rest until then."),
        _(
            "It ends by itself. Look into Meta Business Manager for the reason; you can ask for a review there."
        ),
    ),
    "account_restricted_numbers": Entry(
        _("Meta lets nobody add numbers to the account {account} until {until}."),
        _("Meta calls it {detail}. The numbers that are there go on sending."),
        _APPEAL,
    ),
    "account_violation": Entry(
        _("Meta says that the account {account} broke a rule."), _("Meta calls it {detail}."), _APPEAL
    ),
    "account_disabling": Entry(
        _("Meta will switch the account {account} off."), _("The day: {detail}"), _APPEAL
    ),
    "account_disabled": Entry(
        _("Meta has switched the account {account} off."),
        _("None of its numbers can send."),
        _APPEAL,
    ),
    "account_deleted": Entry(
        _("The account {account} was deleted at Meta."),
        _("None of its numbers can send."),
        _("If that was not meant, ask Meta's support."),
    ),
    "account_disconnected": Entry(
        _("The account {account} was disconnected from this way of sending."),
        _("None of its numbers can send over it."),
        _("Connect it again in Meta Business Manager, then resume the account."),
    ),
    "account_partner_removed": Entry(
        _("A partner was removed from the account {account}."),
        "",
        _("If that was not meant, look into Meta Business Manager."),
    ),
    "account_review_rejected": Entry(_("Meta did not approve the account {account}."), "", _APPEAL),
    "account_pin_changed": Entry(
        _("The PIN of a number of the account {account} was changed, or somebody asked for that."),
        "",
        _("If it was nobody of yours, change the PIN in WhatsApp Manager at once."),
    ),
    "account_alert": Entry(
        _("Meta has a message about the account {account}."), _("Meta says: {detail}"), _MANAGER
    ),
    "no_templates": Entry(
        _("The provider of this number has no templates."), "", _("Use an official number.")
    ),
    "secrets_unreadable": Entry(
        _("The access token cannot be opened."),
        _("The key it is locked with is missing here."),
        _("Enter the access token again, or bring the key back."),
    ),
    **{
        f"cloud_api.{code}": entry
        for code, entry in {
            "content_empty": Entry(
                _("A part of the message is empty."), "", _("Fill it in and send it again.")
            ),
            "content_too_long": Entry(
                _("A part of the message is longer than WhatsApp takes."),
                "",
                _("Shorten it and send it again."),
            ),
            "content_too_many": Entry(
                _("The message has more buttons or rows than WhatsApp takes."), "", _("Take some away.")
            ),
            "content_twice": Entry(
                _("Two buttons or rows of the message are the same."), "", _("Make them different.")
            ),
            "content_malformed": Entry(
                _("A part of the message is missing or of the wrong form."),
                "",
                _("Check the message and its values."),
            ),
            "content_unknown": Entry(
                _("There is no such kind of message."), "", _("Check the kind of the message.")
            ),
            "media_empty": Entry(_("The file is empty."), "", _("Choose another file.")),
            "media_type_refused": Entry(
                _("WhatsApp does not take files of this type."),
                _("What a file is, is found in its content, not in its name."),
                _("Use another file."),
            ),
            "media_too_large": Entry(
                _("The file is larger than WhatsApp takes."), "", _("Use a smaller file.")
            ),
            "media_host_refused": Entry(
                _("The file was not fetched: it does not lie with Meta."),
                _("The access token is shown to Meta only."),
                "",
            ),
            "media_damaged": Entry(
                _("The file did not arrive as it was sent."),
                "",
                _("Nothing to do: it is tried again by itself."),
            ),
            "answer_unreadable": Entry(
                _("Meta's answer could not be understood."),
                "",
                _("Nothing to do: it is tried again by itself."),
            ),
            "bad_reference": Entry(
                _("An id at Meta is missing or is none."),
                _("It is the id of the number, of the account or of a file."),
                _("Check the phone number id and the business account id."),
            ),
            "not_possible": Entry(_("The provider of this number cannot do this."), "", ""),
        }.items()
    },
}

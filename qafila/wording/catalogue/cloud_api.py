"""Meta's codes in plain words. Source: Meta's page of error codes, 2026; the classes are in ``providers/cloud_api``."""

from qafila.wording.entries import Entry, _

_BY_ITSELF = _("Nothing to do: it is tried again by itself.")
_SLOWER = _("Nothing to do: sending goes on more slowly by itself.")
_MANAGER = _("Look into Meta Business Manager, put it right there, then resume the account.")
_TEMPLATE = _("Compare the message with the template, put it right and retry.")
_OTHER_WAY = _("Reach the person in another way.")
_REGISTER = _("Register the number again in WhatsApp Manager, then resume it.")
_ADMIN = _("Tell the administrator of this installation.")

_TOKEN = Entry(
    _("Meta does not accept the access token."),
    _("It has expired, was withdrawn, or is not complete."),
    _("Make a new access token in Meta Business Manager and enter it in the provider account."),
)
_PERMISSION = Entry(
    _("The access token lacks a permission."),
    _("It needs `whatsapp_business_messaging` and `whatsapp_business_management`."),
    _("Give the token these permissions in Meta Business Manager."),
)
_PASSING = Entry(_("Meta has a passing problem."), "", _BY_ITSELF)
_CALL_LIMIT = Entry(_("Too many calls to Meta in a short time."), "", _SLOWER)
_NUMBER_GONE = Entry(
    _("Meta does not know this number any more."),
    _("It was deleted or moved, or the access token does not reach it."),
    _("Check the phone number id of the number."),
)
_PARAMETER = Entry(_("Meta does not accept a value of this message."), "", _ADMIN)
_REGISTRATION = Entry(_("The number is not registered properly with Meta."), "", _REGISTER)
_PAYMENT = Entry(
    _("Meta has a problem with the payment."),
    _("A payment method is missing or was declined."),
    _("Settle the payment in Meta Business Manager, then resume the account."),
)
_MISMATCH = Entry(
    _("The values do not fit the template."),
    _("Their number or their form differs from the approved template."),
    _TEMPLATE,
)
_REFUSED = Entry(_("Meta refused the message."), "", _TEMPLATE)

ENTRIES: dict[str, Entry] = {
    **dict.fromkeys(("cloud_api.0", "cloud_api.104", "cloud_api.190"), _TOKEN),
    **dict.fromkeys(("cloud_api.3", "cloud_api.10", "cloud_api.131005"), _PERMISSION),
    **{f"cloud_api.{code}": _PERMISSION for code in range(200, 300)},
    **dict.fromkeys((f"cloud_api.{code}" for code in (1, 2, 131000, 131016, 133004)), _PASSING),
    **dict.fromkeys((f"cloud_api.{code}" for code in (4, 17, 80007, 80008)), _CALL_LIMIT),
    **dict.fromkeys(("cloud_api.33", "cloud_api.803"), _NUMBER_GONE),
    **dict.fromkeys((f"cloud_api.{code}" for code in (100, 131008, 131009, 131051, 135000)), _PARAMETER),
    **dict.fromkeys(
        (f"cloud_api.{c}" for c in (131045, 133000, 133005, 133006, 133008, 133009, 133010, 133015, 133016)),
        _REGISTRATION,
    ),
    **dict.fromkeys(("cloud_api.131042", "cloud_api.131044"), _PAYMENT),
    **dict.fromkeys((f"cloud_api.{code}" for code in (132000, 132008, 132012, 132018)), _MISMATCH),
    **dict.fromkeys((f"cloud_api.{code}" for code in (131055, 131060, 134100, 134101, 134102)), _REFUSED),
    "cloud_api.368": Entry(
        _("Meta has blocked the business account."), _("Meta says that it broke a policy."), _MANAGER
    ),
    "cloud_api.131031": Entry(
        _("Meta has locked the business account."),
        _("It broke a policy, or a wrong PIN was given."),
        _MANAGER,
    ),
    "cloud_api.130429": Entry(_("The number sent too fast for Meta."), "", _SLOWER),
    "cloud_api.130472": Entry(
        _("Meta did not deliver this marketing message."),
        _("The person is part of a Meta experiment, and you are not charged."),
        _OTHER_WAY,
    ),
    "cloud_api.130497": Entry(
        _("Your business may not write to this country."),
        _("Meta does not allow it for this kind of business."),
        _OTHER_WAY,
    ),
    "cloud_api.131021": Entry(
        _("The number cannot write to itself."),
        _("Sender and recipient are the same number."),
        _("Remove this recipient."),
    ),
    "cloud_api.131026": Entry(
        _("The message could not be delivered to this person."),
        _("The number is not on WhatsApp, or its app is too old, or Meta's terms were not accepted there."),
        _OTHER_WAY,
    ),
    "cloud_api.131030": Entry(
        _("This test number may write to chosen people only."),
        _("The recipient is not in its list."),
        _("Add the recipient in Meta's developer pages, or use a real number."),
    ),
    "cloud_api.131037": Entry(
        _("Meta has not approved the display name of the number."),
        "",
        _("Have the display name approved in WhatsApp Manager."),
    ),
    "cloud_api.131047": Entry(
        _("Free text is not possible to this person now."),
        _("They last wrote to this number more than 24 hours ago."),
        _("Send an approved template instead."),
    ),
    "cloud_api.131048": Entry(
        _("Meta limits this number, because too many people blocked or reported it."),
        "",
        _("The number rests and tries again by itself. Write only to people who asked for it."),
    ),
    "cloud_api.131049": Entry(
        _("Meta did not deliver this marketing message."),
        _("The person has had enough marketing messages for now, from all businesses together."),
        _("Wait at least a day before you write to this person again."),
    ),
    "cloud_api.131050": Entry(
        _("This person has stopped marketing messages from you."),
        "",
        _("Respect it: they are unsubscribed from now on."),
    ),
    "cloud_api.131052": Entry(
        _("The file that this person sent could not be loaded."), "", _("Ask the person to send it again.")
    ),
    "cloud_api.131053": Entry(
        _("Meta could not take the file of this message."),
        _("Its type, its size or its address does not fit."),
        _("Use another file and retry."),
    ),
    "cloud_api.131056": Entry(_("Too many messages went to this person in a short time."), "", _BY_ITSELF),
    "cloud_api.131057": Entry(
        _("Meta is working on this number."), _("It usually takes a minute."), _BY_ITSELF
    ),
    "cloud_api.131062": Entry(
        _("Meta does not take this kind of address."), "", _("Use the person's phone number instead.")
    ),
    "cloud_api.131063": Entry(
        _("Marketing templates are switched off for this kind of sending."), "", _ADMIN
    ),
    "cloud_api.131064": Entry(
        _("Meta limits the account because of templates in the wrong category."),
        "",
        _("Put the category of the templates right in WhatsApp Manager."),
    ),
    "cloud_api.132001": Entry(
        _("There is no such template in this language."),
        _("It does not exist, or Meta has not approved it."),
        _("Check the name and the language of the template."),
    ),
    "cloud_api.132005": Entry(
        _("The text of the template becomes too long with these values."), "", _TEMPLATE
    ),
    "cloud_api.132007": Entry(_("Meta does not allow some characters of this message."), "", _TEMPLATE),
    "cloud_api.132015": Entry(
        _("Meta has paused this template."),
        _("Too many people did not want it."),
        _("Improve the template or use another, then resume the campaign."),
    ),
    "cloud_api.132016": Entry(
        _("Meta has switched this template off for good."),
        _("Too many people did not want it."),
        _("Use another template."),
    ),
    "cloud_api.132068": Entry(
        _("Meta has blocked the flow of this message."), "", _("Put the flow right in WhatsApp Manager.")
    ),
    "cloud_api.132069": Entry(_("Meta slows the flow of this message down."), "", _BY_ITSELF),
    "cloud_api.137000": Entry(
        _("This number may have a new owner."),
        _("The identity behind it has changed."),
        _("Make sure that it is still the same person before you write."),
    ),
    **dict.fromkeys(
        (f"cloud_api.{code}" for code in (139100, 139101, 139102, 139103)),
        Entry(_("The person could not be blocked."), "", ""),
    ),
}

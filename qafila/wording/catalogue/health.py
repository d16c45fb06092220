"""How well a number is: the reasons of its score, and the alerts of block detection."""

from qafila.wording.entries import Entry, _, counted

_CHECK = _("Check the profile and its API token, and pause it by hand if need be.")
_SLOWER = _("Send less for some days, and only to people who asked for it.")
_LIST = _("Look through the list: take out numbers that are wrong or not on WhatsApp.")
_WAIT = _("Nothing to do: it goes on by itself.")

ENTRIES: dict[str, Entry] = {
    "repaired": Entry(_("The repair of automatic pauses put it back to work. It begins slowly.")),
    # -- reasons of a score --------------------------------------------------------------------------------------------
    "health_too_little_known": Entry(
        counted(
            "Too little is known yet: {count} message in 24 hours.",
            "Too little is known yet: {count} messages in 24 hours.",
        )
    ),
    "health_no_receipts": Entry(
        _("No receipt has ever come for this number, so nobody knows what arrives."),
        "",
        _("Check the webhook of the provider account."),
    ),
    "health_cannot_send": Entry(
        _("The number cannot send."),
        _("The reason: {reason}"),
        _("Look at the number, put right what it says, then resume it."),
    ),
    "health_banned": Entry(_("The provider says that the number is banned."), "", _CHECK),
    "health_logged_out": Entry(
        _("The number is logged out, or not registered."), "", _("Link or register the number again.")
    ),
    "health_token_invalid": Entry(
        _("The provider refuses the access token."), "", _("Enter a new access token.")
    ),
    "health_account_blocked": Entry(
        _("The provider account is blocked."), "", _("Put right what the provider says.")
    ),
    "health_black_hole": Entry(
        counted(
            "The provider says that it was sent, but {count} message that should have arrived did not.",
            "The provider says that they were sent, but {count} messages that should have arrived did not.",
        ),
        "",
        _CHECK,
    ),
    "health_failing": Entry(
        counted(
            "{count} call failed without a clear reason.",
            "{count} calls failed one after the other without a clear reason.",
        ),
        "",
        _CHECK,
    ),
    "health_spam_limited": Entry(_("The provider has limited the number for a while."), "", _SLOWER),
    "health_degraded": Entry(
        _("The provider has trouble: the other numbers of the account fare alike."), "", _WAIT
    ),
    "health_rests": Entry(_("The number rests."), "", _WAIT),
    "health_provider_blocked": Entry(
        _("The provider says that the number is blocked."), "", _("Put right what the provider says.")
    ),
    "health_provider_limited": Entry(
        _("The provider says that the number may send only in part."),
        "",
        _("Put right what the provider says."),
    ),
    "health_quality_red": Entry(
        _("Meta rates the quality as low (red): people block or report its messages."), "", _SLOWER
    ),
    "health_quality_yellow": Entry(
        _("Meta rates the quality as medium (yellow): some people block or report its messages."), "", _SLOWER
    ),
    "health_time_lock": Entry(
        _("WhatsApp does not let the number begin new conversations for now."), "", _SLOWER
    ),
    "health_new_chats": Entry(
        _("{percent} % of the new conversations that WhatsApp allows are used up."), "", _SLOWER
    ),
    "health_portfolio_used": Entry(
        _("{percent} % of the people whom the portfolio may begin to write to in 24 hours are used up."),
        "",
        _WAIT,
    ),
    "health_spam_limits": Entry(
        counted(
            "The provider limited the number {count} time in 24 hours.",
            "The provider limited the number {count} times in 24 hours.",
        ),
        "",
        _SLOWER,
    ),
    "health_unclear_failures": Entry(
        counted(
            "{count} of {of} calls failed without a clear reason.",
            "{count} of {of} calls failed without a clear reason.",
        ),
        "",
        _CHECK,
    ),
    "health_unreachable": Entry(
        counted(
            "{count} of {of} people could not be reached.", "{count} of {of} people could not be reached."
        ),
        "",
        _LIST,
    ),
    "health_bounces": Entry(
        counted(
            "{count} of {of} messages failed in the last hour after they had been accepted.",
            "{count} of {of} messages failed in the last hour after they had been accepted.",
        ),
        "",
        _LIST,
    ),
    "health_few_arrive": Entry(
        counted(
            "Fewer messages arrive than usual: {count}, where about {of} were to be expected.",
            "Fewer messages arrive than usual: {count}, where about {of} were to be expected.",
        ),
        "",
        _CHECK,
    ),
    "health_few_read": Entry(
        counted(
            "Fewer messages are read than usual: {count} of {of}.",
            "Fewer messages are read than usual: {count} of {of}.",
        ),
        "",
        _SLOWER,
    ),
    "health_stops": Entry(
        counted(
            "{count} of {of} people said STOP or blocked the number.",
            "{count} of {of} people said STOP or blocked the number.",
        ),
        "",
        _SLOWER,
    ),
    "health_few_replies": Entry(
        counted("{count} of {of} people answered.", "{count} of {of} people answered."),
        _("A number that nobody answers looks like a machine."),
        _SLOWER,
    ),
    # -- alerts --------------------------------------------------------------------------------------------------------
    "number_black_hole": Entry(
        _("The number {sender} says “sent”, but nothing arrives."),
        _("Since {since}. About {missing} messages should have arrived. Campaigns that use it: {waiting}."),
        _CHECK,
    ),
    "number_failing": Entry(
        _("The number {sender} fails again and again."),
        _("Since {since}, {failures} times, without a clear reason. Campaigns that use it: {waiting}."),
        _CHECK,
    ),
    "number_unwell": Entry(
        _("The number {sender} is not well: {score} of 100."),
        _("The reason: {reason}"),
        _SLOWER,
    ),
    "provider_degraded": Entry(
        _("The provider of {account} has trouble."),
        _("Since {since} its numbers fail together, so it is not one number's fault."),
        _("Wait, or ask the provider. Nothing is lost."),
    ),
    # -- why auto-pause would have paused a number ---------------------------------------------------------------------
    "shadow_spam_limited": Entry(_("The provider had limited it for a while.")),
    "shadow_black_hole": Entry(_("It said “sent”, but nothing arrived.")),
    "shadow_failing": Entry(_("It failed again and again without a clear reason.")),
    "limit_invalid": Entry(
        _("This limit cannot be set."), "", _("Write at least one person, or none for no limit of your own.")
    ),
    # -- what a slot waits for -----------------------------------------------------------------------------------------
    "pace_resting": Entry(_("The number rests after trouble, then tries with a few messages."), "", _WAIT),
    "pace_slow": Entry(
        _("The number goes slowly, to keep it alive."), "", _("Nothing to do: it grows while all is well.")
    ),
}

"""What a person should look at."""

from qafila.wording.entries import Entry, _, counted

ENTRIES: dict[str, Entry] = {
    "campaign_held_content": Entry(
        _("A campaign is held, because several messages in a row were refused."),
        _("The reason: {reason}"),
        _("Put the text or the template right, then resume the campaign."),
    ),
    "uncertain_messages": Entry(
        counted(
            "Nobody knows whether {count} message went out.",
            "Nobody knows whether {count} messages went out.",
        ),
        _(
            "The connection or a process broke while they were being sent. None of them is sent again by itself."
        ),
        _("Wait for receipts, or decide: sent, failed, or send again."),
    ),
    "books_do_not_balance": Entry(
        _("The counters of a campaign are not the number of its messages."),
        _("Each message has its true state; only the sums that are shown may be wrong."),
        _("Report this with the log: it must not happen."),
    ),
    "worker_lost": Entry(
        _("A worker stopped without a word."),
        _("It was process {pid} on {host}, last seen at {seen_at}. Others have taken over its numbers."),
        _("Look into its log for the reason."),
    ),
    "no_worker_running": Entry(
        _("Nothing is being sent: no worker is running."),
        _("Messages are waiting since {since}."),
        _("Start it with `qafila up`, or look into its log."),
    ),
    "unknown_webhooks": Entry(
        counted(
            "The provider sent {count} event of a kind that is not known here.",
            "The provider sent {count} events of a kind that is not known here.",
        ),
        _("They are kept, and nothing is lost."),
        _("A newer version of the program may understand them."),
    ),
    "webhooks_refused": Entry(
        counted(
            "{count} webhook was refused, because its signature is wrong.",
            "{count} webhooks were refused, because their signatures are wrong.",
        ),
        _("The app secret is wrong here, or somebody else sent them."),
        _("Compare the app secret of the provider account with the one in Meta's app settings."),
    ),
    "webhooks_behind": Entry(
        counted(
            "Webhooks have been waiting for {count} minute to be worked on.",
            "Webhooks have been waiting for {count} minutes to be worked on.",
        ),
        _("They are kept, and nothing is lost. Until then receipts, answers and STOP show late."),
        _(
            "Start one more worker with `qafila worker`, or look into the worker's log for what slows it down."
        ),
    ),
    "webhooks_turned_away": Entry(
        counted(
            "{count} webhook was turned away, because too many were waiting to be stored.",
            "{count} webhooks were turned away, because too many were waiting to be stored.",
        ),
        _("The database is slower than they come. Who sent them is asked to send them again."),
        _("Look at the load and the disk of the database, and at the number of web processes."),
    ),
    "webhook_for_unknown_number": Entry(
        counted(
            "{count} event came for a number that is not entered here.",
            "{count} events came for a number that is not entered here.",
        ),
        _("They are kept, and nothing is lost."),
        _("Enter the number, or take its webhooks off in the provider's settings."),
    ),
    "unreadable_webhook_items": Entry(
        counted(
            "{count} part of a webhook could not be read.", "{count} parts of webhooks could not be read."
        ),
        _("They are kept, and nothing is lost."),
        _("A newer version of the program may understand them."),
    ),
    "webhook_put_aside": Entry(
        _("A webhook was put aside, because it could not be worked on."),
        _("It is kept, and nothing is lost. The others go on."),
        _("Tell the administrator of this installation."),
    ),
    "event_given_up": Entry(
        _("Something that should follow an event did not work, and is not tried again."),
        _("It is `{handler}` for the event `{kind}`."),
        _("Tell the administrator of this installation."),
    ),
    "possible_ban": Entry(
        _("The number {sender} may be blocked."),
        _("The reason: {reason}"),
        _("Check the profile and its API token, and pause it by hand if need be."),
    ),
    "profile_auto_paused": Entry(
        _("Profile Auto-Paused"),
        _("Profile auto-paused due to block detection: {sender}"),
        _("Check the profile and its API token, then resume it."),
    ),
    "package_waiting": Entry(
        _("The messages of the package {package} are waiting."),
        _("All its numbers are resting or cannot send. The first one comes back at {until}."),
        _("Nothing to do: it goes on by itself. A further number in the package would send now."),
    ),
    "package_standing": Entry(
        _("The messages of the package {package} are waiting."),
        _("None of its numbers can send, and none comes back by itself."),
        _("Put right what stopped them, resume one, or add a number to the package."),
    ),
    "pace_switched_off": Entry(
        _("The protective pace of the number {sender} is switched off."),
        _("{user} did it. Without it a phone-linked number is banned easily."),
        _("Switch it on again, unless you know what you are doing."),
    ),
    "quality_low": Entry(
        _("Meta rates the quality of the number {sender} as low."),
        _("People block or report its messages."),
        _("Send less, and only to people who asked for it."),
    ),
    # What `quality_low` says while the rating is YELLOW (`alerts.saying`).
    "quality_medium": Entry(
        _("Meta rates the quality of the number {sender} as medium."),
        _("Some people block or report its messages."),
        _("Send less, and only to people who asked for it."),
    ),
    "template_paused": Entry(
        _("Meta has paused or switched off the template {template}."),
        "",
        _("Improve the template or use another."),
    ),
    "legacy_keyless_on": Entry(
        _("Old clients may call without a key."),
        _("`LEGACY_KEYLESS_FROM` allows it for: {networks}."),
        _("Give these clients a key, then remove the setting."),
    ),
    "import_finished": Entry(
        counted("{count} row was taken.", "{count} rows were taken."),
        _("Rows that were refused: {refused}."),
        "",
    ),
    "disk_nearly_full": Entry(
        _("The disk is nearly full."), _("{free} are left in the data folder."), _("Free some space soon.")
    ),
    "database_disk_nearly_full": Entry(
        _("The disk of the database is nearly full."),
        _("{free} are left."),
        _("Free some space soon: the database stops when the disk is full."),
    ),
}

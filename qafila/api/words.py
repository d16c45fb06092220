"""Values of the rooms below, in the words of the API."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from qafila.api.number_words import explained
from qafila.api.refusals import fault, sentence_of
from qafila.campaigns.actions import Hold
from qafila.campaigns.models import Campaign, ImportState
from qafila.campaigns.queries import Contract
from qafila.campaigns.rules import results
from qafila.campaigns.rules.statuses import IMPORTING
from qafila.kit.stamps import stamp
from qafila.ledger.queries import Counts, MessageRow
from qafila.senders.models import Package, Sender
from qafila.senders.queries import effective, rests_until
from qafila.senders.saying import state_says

STATES = ("queued", "sending", "uncertain", "sent", "delivered", "read", "failed", "skipped", "cancelled")


def contract_answer(contract: Contract, language: str) -> dict[str, Any]:
    """``shapes.contracts.ContractAnswer``."""
    campaign, batch = contract.campaign, contract.campaign.batch
    twin = campaign.possible_duplicate_of
    return {
        "id": campaign.public_id,
        "name": campaign.name,
        **target_ids(campaign),
        "totalCount": campaign.total_count,
        "status": contract.status.value,
        "createdAt": stamp(campaign.created_at),
        "startedAt": stamp(batch.started_at),
        "finishedAt": stamp(batch.finished_at),
        "startAt": stamp(campaign.begins_at),
        "success": contract.totals.success,
        "failed": contract.totals.failed,
        "successRate": contract.totals.success_rate,
        "states": states(contract.counts),
        "holdReason": reason(contract.hold_reason or None, language),
        "possibleDuplicateOf": twin.public_id if twin else None,
        "warnings": warnings(campaign.warnings, language),
        "import_": import_progress(campaign),
        "startsAfterImport": campaign.start_wanted and campaign.import_state in IMPORTING,
        "failedClearedAt": stamp(campaign.failed_cleared_at),
        "archivedAt": stamp(contract.archived_at),
        **directed(campaign, language),
    }


def directed(campaign: Campaign, language: str) -> dict[str, Any]:
    """``directionId`` and ``explanation``: which business line it was made for, and why that number."""
    direction = campaign.direction
    return {
        "directionId": str(direction.public_id) if direction else None,
        "explanation": explained(campaign.routing, language),
    }


def target_ids(campaign: Campaign) -> dict[str, str | None]:
    """``accountId`` and ``packageId``: one of them is null."""
    sender, package = campaign.sender, campaign.package
    return {
        "accountId": str(sender.public_id) if sender else None,
        "packageId": str(package.public_id) if package else None,
    }


def states(counts: Counts) -> dict[str, int]:
    """The true states by their words."""
    return {word: getattr(counts, word) for word in STATES}


def import_progress(campaign: Campaign) -> dict[str, Any] | None:
    """How far the reading of its file is; None where it had none."""
    if campaign.import_state == ImportState.NONE:
        return None
    return {"state": campaign.import_state, "rowsRead": campaign.import_rows, "total": campaign.total_count}


def reason(code: str | None, language: str) -> dict[str, str] | None:
    """A code with its sentence."""
    if not code:
        return None
    return {"code": code, "message": reason_sentence(code, language)}


def reason_sentence(code: str, language: str) -> str:
    """What a kept code says."""
    return sentence_of(code, language, **results.ROW_WORDS.get(code, {}))


def warnings(kept: Iterable[Mapping[str, Any]], language: str) -> list[dict[str, Any]]:
    """Warnings as they were kept with a contract, in the caller's language."""
    return [warning(language=language, **entry) for entry in kept]


def warning(
    code: str,
    *,
    language: str,
    params: Mapping[str, Any] | None = None,
    count: int | None = None,
    rows: list[list[int]] | None = None,
) -> dict[str, Any]:
    """One warning."""
    said = fault(code, language, params=params)
    return {
        "code": code,
        "message": said["message"],
        "cause": said.get("cause", ""),
        "step": said["step"],
        "count": count,
        "rows": rows,
    }


def closed_windows_warning(count: int, language: str) -> list[dict[str, Any]]:
    """What a contract of free text on an official number should know."""
    if not count:
        return []
    return [warning("windows_closed", language=language, params={"count": count}, count=count)]


def hold_warning(package: Package | None, language: str) -> list[dict[str, Any]]:
    """What is said at once of something that is held with its package from the beginning.

    :param package: None: it is not held.
    """
    if package is None:
        return []
    return [warning("package_on_hold", language=language, params={"package": package.name})]


def still_held(hold: Hold | None, language: str) -> list[dict[str, Any]]:
    """What is said of a contract that was started and is held.

    :param hold: None: it is not.
    """
    return [] if hold is None else [warning(hold.code, language=language, params=hold.params)]


def error_message(row: MessageRow, language: str) -> str:
    """``errorMessage`` of a message that counts as failed."""
    return reason_sentence(results.error_code(row.state, row.reason), language)


def message_line(row: MessageRow, language: str) -> dict[str, Any]:
    """``shapes.messages.MessageLine``."""
    return {
        "id": str(row.id),
        "row": row.row_number,
        "phoneNumber": row.given_or_address,
        "state": row.state.word,
        "reason": reason(row.reason, language),
        "attempts": row.tries,
        "createdAt": stamp(row.created_at),
        "sentAt": stamp(row.sent_at),
        "deliveredAt": stamp(row.delivered_at),
        "readAt": stamp(row.read_at),
        "failedAt": stamp(row.failed_at),
        "uncertainAt": stamp(row.uncertain_at),
    }


def account_answer(sender: Sender, *, official: bool | None, language: str) -> dict[str, Any]:
    """``shapes.accounts.AccountAnswer``."""
    account = sender.provider_account
    found, said = effective(sender), state_says(sender, language)
    return {
        "id": str(sender.public_id),
        "name": sender.name,
        "phoneNumber": sender.phone,
        "status": found.state,
        "statusReason": found.reason or None,
        "statusMessage": said.sentence,
        "statusCause": said.cause or None,
        "statusStep": said.step or None,
        "stoppedByProviderAccount": found.by_account,
        "restUntil": stamp(rests_until(sender)),
        "provider": account.kind if account else None,
        "providerAccountId": str(account.public_id) if account else None,
        "official": official,
        "phoneNumberId": sender.ref,
        "useLimits": sender.use_limits,
        "defaultTemplate": sender.default_template,
        "inUseSince": stamp(sender.in_use_since),
        "throughput": sender.throughput,
        "hours": sender.hours,
        "createdAt": stamp(sender.created_at),
    }

"""Our books beside the sandbox's own: what was lost, what went out twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from qafila.cli.demonstration.calls import Api
from qafila.cli.screen import Refusal

PAGE = 10_000
SENT = frozenset({"sent", "delivered", "read"})
OPEN = frozenset({"queued", "sending"})


@dataclass
class Books:
    """The end of the demo in numbers.

    ``sent`` is everything that went out and did not fail afterwards, delivered and read included; ``delivered`` includes
    ``read``. total = sent + failed + skipped + uncertain + cancelled (+ lost, if there were any).

    :ivar lost: we say it went out, or nothing at all is decided, and the sandbox never had it.
    :ivar duplicated: the sandbox accepted it more than once.
    :ivar unknown: messages that the sandbox accepted meanwhile and that no row of ours knows.
    :ivar why: (state, reason) to how many, of failed and skipped ones.
    """

    total: int = 0
    sent: int = 0
    delivered: int = 0
    read: int = 0
    failed: int = 0
    skipped: int = 0
    uncertain: int = 0
    lost: int = 0
    duplicated: int = 0
    unknown: int = 0
    why: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def agree(self) -> bool:
        """Both ledgers say the same."""
        return not (self.lost or self.duplicated or self.unknown)


def compare(
    messages: Iterable[dict[str, Any]],
    accepted: Counter[int],
    is_elsewhere: Callable[[int], bool] = lambda _: False,
) -> Books:
    """Our messages, as the API lists them, beside how often the sandbox accepted each (by our message id).

    :param accepted: only what was accepted since before the contract was posted: a data folder may be used again.
    :param is_elsewhere: whether a message that is not among ``messages`` is a row of another contract of ours.
    """
    books, ours = Books(), set()
    for message in messages:
        state, arrived = message["state"], accepted[int(message["id"])]
        ours.add(int(message["id"]))
        books.total += 1
        books.sent += state in SENT
        books.delivered += state in {"delivered", "read"}
        books.read += state == "read"
        books.failed += state == "failed"
        books.skipped += state == "skipped"
        books.uncertain += state == "uncertain"
        books.lost += (state in SENT and not arrived) or state in OPEN
        books.duplicated += arrived > 1 or (state == "skipped" and arrived > 0)
        if state in {"failed", "skipped"}:
            reason = (message.get("reason") or {}).get("message") or "no reason given"
            books.why[state, reason] += 1
    books.unknown = sum(not is_elsewhere(one) for one, times in accepted.items() if times and one not in ours)
    return books


def has_row(api: Api, message_id: int) -> bool:
    """Whether any contract of the business has this message."""
    try:
        api.call("GET", f"/api/messages/{message_id}")
    except Refusal as refusal:
        if refusal.code != "not_found":
            raise
        return False
    return True


def our_messages(api: Api, contract_id: str) -> Iterable[dict[str, Any]]:
    """Every message of a contract, page by page."""
    after = ""
    while True:
        page = api.call("GET", f"/api/contracts/{contract_id}/messages?limit={PAGE}{after}")
        yield from page["messages"]
        if page["nextAfter"] is None:
            return
        after = f"&after={page['nextAfter']}"


def accepted_by(sandbox: Api) -> Counter[int]:
    """How often the sandbox accepted each of our messages: our id of an attempt travels with it and names the message
    (``q.<installation>.<message, base 36>.<number>``)."""
    times: Counter[int] = Counter()
    for line in sandbox.lines("/admin/ledger/messages"):
        parts = str(line.get("biz_opaque_callback_data") or "").split(".")
        if len(parts) == 4 and parts[0] == "q":
            times[int(parts[2], 36)] += 1
    return times

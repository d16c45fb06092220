"""What the sandbox knows: every accepted message, the counts, and the limits as they were really used.

Everything here can be rebuilt from the ledger file; `reload.py` does so through the same methods.
"""

from collections import Counter, deque
from collections.abc import Callable
from typing import Any

from wa_sandbox.ledger.message import Inbound, Message
from wa_sandbox.ledger.threads import Bubble, Threads
from wa_sandbox.people.identity import user_id_of
from wa_sandbox.rules.pairs import Pair
from wa_sandbox.rules.portfolio import UniquePeople
from wa_sandbox.rules.throughput import SlidingSecond
from wa_sandbox.settings import Limits

SEVEN_DAYS = 7 * 86_400.0
FREE_ENTRY_SECONDS = 72 * 3600.0


class Books:
    """One epoch of the ledger. Times in seconds since 1970."""

    def __init__(self, limits: Limits, portfolio_of: Callable[[str], str], *, epoch: int = 1) -> None:
        """`portfolio_of`: the portfolio a number belongs to, by its id; "" for one that was removed."""
        self.limits = limits
        self._portfolio_of = portfolio_of
        self.epoch = epoch
        self.messages: list[Message] = []
        self.by_wamid: dict[str, Message] = {}
        self.inbound: dict[str, tuple[str, str]] = {}
        self.requests = 0
        self.refused: Counter[int] = Counter()
        self.statuses: Counter[str] = Counter()
        self.failed: Counter[int] = Counter()
        self.overruns: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.pairs: dict[tuple[str, str], Pair] = {}
        self.people_met: Counter[str] = Counter()
        self.seconds: dict[str, SlidingSecond] = {}
        self.attempts: dict[str, SlidingSecond] = {}
        self.people: dict[str, UniquePeople] = {}
        self.least_gap: dict[str, float] = {}
        self.longest_burst: dict[str, int] = {}
        self.had: dict[str, int] = {}
        self.blocked: dict[tuple[str, str], float] = {}
        self.marketing_stopped: set[tuple[str, str]] = set()
        self.marketing_sent: dict[str, deque[float]] = {}
        self.template_sent: Counter[str] = Counter()
        self.template_blocks: Counter[str] = Counter()
        self.threads = Threads()
        self._people_by_user_id: dict[tuple[str, str], str] = {}
        # Pairs that are not among these yet, and the portfolio of each number as it was when they were entered.
        self._not_entered: list[tuple[str, str]] = []
        self._entered_under: dict[str, str] = {}
        self._keys_seen: set[int] = set()
        self._contents_seen: set[int] = set()
        self._keys_repeated: Counter[int] = Counter()
        self._contents_repeated: Counter[int] = Counter()

    def pair(self, number_id: str, wa_id: str) -> Pair:
        """What is known between a number and a person (made when asked for the first time)."""
        key = (number_id, wa_id)
        pair = self.pairs.get(key)
        if pair is None:
            pair = self.pairs[key] = Pair()
            self.people_met[number_id] += 1
            self._not_entered.append(key)
        return pair

    def second(self, number_id: str) -> SlidingSecond:
        """The last second of a number: accepted messages and inbound ones."""
        return self.seconds.setdefault(number_id, SlidingSecond())

    def attempted(self, number_id: str) -> SlidingSecond:
        """The last second of a number: everything that was asked of it, refused or not."""
        return self.attempts.setdefault(number_id, SlidingSecond())

    def unique_people(self, portfolio_id: str) -> UniquePeople:
        """The last 24 hours of a portfolio."""
        return self.people.setdefault(portfolio_id, UniquePeople())

    def accept(
        self,
        message: Message,
        portfolio_id: str,
        text: str,
        shown: dict[str, Any] | None = None,
        quoted: str | None = None,
    ) -> None:
        """Enter an accepted message: counts, limits, duplicates, conversation."""
        self.messages.append(message)
        self.by_wamid[message.wamid] = message
        self.statuses["accepted"] += 1
        self.had[message.wa_id] = self.had.get(message.wa_id, 0) + 1
        number_id, now = message.number_id, message.at
        self.second(number_id).add(now)
        pair = self.pair(number_id, message.wa_id)
        if pair.last_at:
            gap = now - pair.last_at
            if gap < self.least_gap.get(number_id, gap + 1.0):
                self.least_gap[number_id] = gap
        pair.add(now, self.limits.pair_seconds)
        if pair.burst > self.longest_burst.get(number_id, 0):
            self.longest_burst[number_id] = pair.burst
        # Meta counts people a message was delivered to; one that is bound to fail is not.
        fails = bool(message.steps) and message.steps[0].what == "failed"
        if message.kind == "template" and not fails:
            self._count_template(message, pair, portfolio_id)
        if message.biz is not None:
            _note(hash((number_id, message.wa_id, message.biz)), self._keys_seen, self._keys_repeated)
        _note(hash((message.wa_id, message.content_sha256)), self._contents_seen, self._contents_repeated)
        if message.kind == "reaction" and shown is not None:
            self._react(number_id, message.wa_id, str(shown["message_id"]), "business", text)
        else:
            bubble = Bubble(message.wamid, True, text, now, shown, quoted)
            self.threads.add(number_id, message.wa_id, bubble)

    def _count_template(self, message: Message, pair: Pair, portfolio_id: str) -> None:
        if not message.in_window:
            self.unique_people(portfolio_id).add(message.wa_id, message.at)
            if message.category.startswith("marketing"):
                self.marketing_sent.setdefault(message.wa_id, deque(maxlen=64)).append(message.at)
        if message.template_id is not None:
            pair.template_id = message.template_id
            self.template_sent[message.template_id] += 1

    def marketing_lately(self, wa_id: str, now: float) -> int:
        """How many marketing templates a person got outside windows within 24 hours, 64 at most."""
        return sum(1 for at in self.marketing_sent.get(wa_id, ()) if at > now - 86_400.0)

    def receive(self, inbound: Inbound, at: float) -> None:
        """Enter a message a person sent: it opens the window and counts towards throughput."""
        body, number_id, wa_id = inbound.body, inbound.number_id, inbound.wa_id
        self.inbound[inbound.wamid] = (number_id, wa_id)
        pair = self.pair(number_id, wa_id)
        if body.get("type") != "system":
            pair.open_window(at, self.limits.window_seconds)
        if "referral" in body:
            pair.entry_until = max(pair.entry_until, at + FREE_ENTRY_SECONDS)
        if self.limits.count_inbound:
            self.second(number_id).add(at)
        kind = body.get("type")
        if kind == "reaction":
            reaction = _part(body, kind)
            self._react(
                number_id, wa_id, str(reaction.get("message_id")), "person", str(reaction.get("emoji") or "")
            )
        elif kind in ("edit", "revoke"):
            self._amend(number_id, wa_id, body)
        else:
            quoted = (body.get("context") or {}).get("id")
            shown = None if kind == "text" and "referral" not in body else body
            self.threads.add(
                number_id, wa_id, Bubble(inbound.wamid, False, words_of(body), at, shown, quoted)
            )

    def _react(self, number_id: str, wa_id: str, wamid: str, who: str, emoji: str) -> None:
        thread = self.threads.get(number_id, wa_id)
        bubble = thread.find(wamid) if thread is not None else None
        if bubble is not None:
            bubble.react(who, emoji)

    def _amend(self, number_id: str, wa_id: str, body: dict[str, Any]) -> None:
        change = _part(body, body["type"])
        thread = self.threads.get(number_id, wa_id)
        bubble = thread.find(str(change.get("original_message_id"))) if thread is not None else None
        if bubble is None:
            return
        if body["type"] == "revoke":
            bubble.gone, bubble.shown, bubble.text = True, None, ""
        else:
            bubble.edited, bubble.text = True, words_of(_part(change, "message"))

    def set_status(self, message: Message, status: str, at: float, code: int = 0) -> None:
        """Move a message to a status (sent, delivered, read, failed)."""
        self.statuses[message.status] -= 1
        self.statuses[status] += 1
        message.status, message.status_at, message.code = status, at, code
        if status == "failed":
            self.failed[code] += 1

    def refuse(self, code: int) -> None:
        """Count a request that was answered with an error of Meta's."""
        self.refused[code] += 1

    def block(self, number_id: str, wa_id: str, at: float) -> None:
        """A person blocked a number; the template sent last is what annoyed them."""
        if (number_id, wa_id) not in self.blocked:
            template_id = self.pair(number_id, wa_id).template_id
            if template_id is not None:
                self.template_blocks[template_id] += 1
        self.blocked[(number_id, wa_id)] = at

    def blocks_lately(self, number_id: str, now: float) -> int:
        """How many people blocked a number within seven days."""
        return sum(
            1 for (number, _), at in self.blocked.items() if number == number_id and at > now - SEVEN_DAYS
        )

    def person_of(self, portfolio_id: str, user_id: str) -> str | None:
        """The number behind a business-scoped user id, if this portfolio ever met the person."""
        found = self._people_by_user_id.get((portfolio_id, user_id))
        if found is None:
            self._enter_people()
            found = self._people_by_user_id.get((portfolio_id, user_id))
        return found

    def _enter_people(self) -> None:
        """Each pair is entered once; all of them again after a number went to another portfolio."""
        now_under = {number_id: self._portfolio_of(number_id) for number_id in self.people_met}
        moved = any(now_under[number_id] != was for number_id, was in self._entered_under.items())
        for number_id, wa_id in self.pairs if moved else self._not_entered:
            portfolio_id = now_under[number_id]
            self._people_by_user_id[portfolio_id, user_id_of(portfolio_id, wa_id)] = wa_id
        self._not_entered.clear()
        self._entered_under = now_under

    def duplicates(self) -> dict[str, dict[str, int]]:
        """How many groups of repeats there are, and how many messages beyond the first of each."""
        return {
            "same_number_person_and_biz_opaque_callback_data": _groups(self._keys_repeated),
            "same_person_and_content": _groups(self._contents_repeated),
        }

    def repeated(self) -> dict[tuple[str, str, str], list[Message]]:
        """The groups with the same number, person and callback data, listed exactly (reads every message)."""
        groups: dict[tuple[str, str, str], list[Message]] = {}
        for message in self.messages:
            if message.biz is not None:
                groups.setdefault((message.number_id, message.wa_id, message.biz), []).append(message)
        return {key: found for key, found in groups.items() if len(found) > 1}

    def limits_seen(self) -> dict[str, Any]:
        """The most that was ever used of each limit, so that others can prove it was not passed."""
        return {
            "most_in_one_second": {number: second.peak for number, second in self.seconds.items()},
            "most_attempted_in_one_second": {number: second.peak for number, second in self.attempts.items()},
            "least_gap_seconds_to_one_person": {
                number: round(gap, 4) for number, gap in self.least_gap.items()
            },
            "longest_burst_to_one_person": dict(self.longest_burst),
            "most_unique_people_in_24_hours": {key: people.peak for key, people in self.people.items()},
            "overruns": dict(self.overruns),
        }


def _part(body: dict[str, Any], name: str) -> dict[str, Any]:
    """An object within a message; empty for anything else: a test may make a person send any shape."""
    part = body.get(name)
    return part if isinstance(part, dict) else {}


def words_of(body: dict[str, Any]) -> str:
    """The words of a message a person sent: text, caption, title of a button, or its type in brackets."""
    kind = str(body.get("type"))
    part = body.get(kind)
    if not isinstance(part, dict):
        return f"[{kind}]"
    reply = part.get("button_reply") or part.get("list_reply")
    title = reply.get("title") if isinstance(reply, dict) else None
    words = part.get("body") or part.get("caption") or part.get("text") or title or part.get("name")
    return str(words) if words else f"[{kind}]"


def _note(key: int, seen: set[int], repeated: Counter[int]) -> None:
    if key in seen:
        repeated[key] += 1
    else:
        seen.add(key)


def _groups(repeated: Counter[int]) -> dict[str, int]:
    return {"groups": len(repeated), "extra_messages": sum(repeated.values())}

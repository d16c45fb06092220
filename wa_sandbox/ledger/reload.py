"""Rebuilding the books from the ledger file after a restart, and finding what the client has not heard yet."""

import logging
from collections.abc import Callable
from typing import Any

from wa_sandbox.ledger.books import Books
from wa_sandbox.ledger.message import TEMPLATE_PAUSED, Inbound, Message
from wa_sandbox.people.behaviours import Step
from wa_sandbox.sandbox import RANK, Sandbox
from wa_sandbox.webhooks.payloads import Event

log = logging.getLogger("wa_sandbox.ledger")


def _unblocked(box: Sandbox, fact: dict[str, Any]) -> None:
    box.books.blocked.pop((fact["phone_number_id"], fact["wa_id"]), None)


def _preference(box: Sandbox, fact: dict[str, Any]) -> None:
    key = (fact["phone_number_id"], fact["wa_id"])
    if fact["value"] == "stop":
        box.books.marketing_stopped.add(key)
    else:
        box.books.marketing_stopped.discard(key)


def _steps(box: Sandbox, fact: dict[str, Any]) -> None:
    message = box.books.by_wamid.get(fact["wamid"])
    if message is not None:
        message.take_over(frozenset(fact["instead"]), [Step(*step) for step in fact["steps"]])


def _media(box: Sandbox, fact: dict[str, Any]) -> None:
    box.media.replay(fact)


_SIMPLE: dict[str, Callable[[Sandbox, dict[str, Any]], None]] = {
    "unblocked": _unblocked,
    "preference": _preference,
    "steps": _steps,
    "media": _media,
    "media_gone": _media,
}


class Replay:
    """One pass over the file. Afterwards the sandbox stands where it stood, with everything unheard to be told again."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.heard: dict[str, set[str]] = {}
        self.inbound: dict[str, Inbound] = {}
        self.done_steps: set[str] = set()
        self.told: dict[str, dict[str, Any]] = {}
        self.seen_nonce = False

    def run(self) -> int:
        """Read the file and put things right. Returns how many messages are known."""
        box = self.sandbox
        for fact in box.journal.read():
            self._take(fact)
        at = box.clock.now()
        if not self.seen_nonce:
            box.journal.write_now({"k": "epoch", "epoch": box.books.epoch, "nonce": box.nonce, "at": at})
        box.journal.write_now({"k": "start", "at": at, "seed": box.settings.seed})
        again = sum(self._wait_again(message) for message in box.books.messages)
        for inbound in self.inbound.values():
            self._tell_again(inbound)
        unheard = [fact for key, fact in self.told.items() if key not in self.heard]
        events = (Event.from_fact(fact, box.world.phone_numbers) for fact in unheard)
        box.unsent += [event for event in events if event is not None]
        if box.books.messages:
            log.info(
                "the ledger knows %d accepted messages; %d still have receipts to come",
                len(box.books.messages),
                again,
            )
        return len(box.books.messages)

    def _take(self, fact: dict[str, Any]) -> None:
        box, kind = self.sandbox, fact.get("k")
        if kind == "accepted":
            message = Message.from_fact(fact)
            box.serial += 1
            box.books.requests += 1
            portfolio_id = box.portfolio_id(message.number_id)
            box.books.accept(message, portfolio_id, fact["text"], fact.get("shown"), fact.get("context"))
        elif kind == "status":
            self._status(fact)
        elif kind == "acked":
            for wamid, what in fact["ids"]:
                self.heard.setdefault(wamid, set()).add(what)
        elif kind == "inbound":
            self._inbound(fact)
        elif kind == "told":
            self.told[fact["id"]] = fact
        elif kind == "refused":
            box.books.requests += 1
            box.books.refuse(fact["code"])
        elif kind == "blocked":
            box.books.block(fact["phone_number_id"], fact["wa_id"], fact["at"])
            self.heard.setdefault(fact["wamid"], set()).add("block")
        elif kind in _SIMPLE:
            _SIMPLE[kind](box, fact)
        elif kind == "overrun":
            box.books.overruns[fact["limit"]] += 1
        elif kind == "fault":
            box.books.faults[fact["effect"]] += 1
        elif kind == "change":
            box.apply(fact["op"], {key: value for key, value in fact.items() if key not in ("k", "op")})
        elif kind == "epoch":
            self._epoch(fact)

    def _epoch(self, fact: dict[str, Any]) -> None:
        box = self.sandbox
        self.seen_nonce = True
        box.nonce = fact["nonce"]
        box.serial = 0
        box.books = Books(box.limits, box.portfolio_id, epoch=fact["epoch"])
        self.heard.clear()
        self.inbound.clear()
        self.done_steps.clear()
        self.told.clear()

    def _status(self, fact: dict[str, Any]) -> None:
        books = self.sandbox.books
        message = books.by_wamid.get(fact["wamid"])
        if message is None:
            return
        if RANK[fact["status"]] > RANK[message.status]:
            books.set_status(message, fact["status"], fact["at"], fact["code"])
        if message.held and fact["code"] == TEMPLATE_PAUSED:
            message.drop()
        if fact.get("hook") is False:
            self.heard.setdefault(message.wamid, set()).add(fact["status"])

    def _inbound(self, fact: dict[str, Any]) -> None:
        inbound = Inbound(
            wamid=fact["wamid"],
            number_id=fact["phone_number_id"],
            wa_id=fact["wa_id"],
            name=fact["name"],
            body=fact["body"],
            step=fact["step"],
        )
        self.sandbox.serial += 1
        self.sandbox.books.receive(inbound, fact["at"])
        self.inbound[inbound.wamid] = inbound
        if inbound.step is not None:
            self.done_steps.add(inbound.step)

    def _wait_again(self, message: Message) -> bool:
        """Wait for the first step that did not happen, or that the client has not heard of. False: nothing is left."""
        heard = self.heard.get(message.wamid) or set()
        message.done |= frozenset(
            index
            for index, step in enumerate(message.steps)
            if step.what in heard or f"{message.wamid} {index}" in self.done_steps
        )
        first = message.step_from(0)
        if first is None:
            return False
        self.sandbox.receipts.add(message, first)
        return True

    def _tell_again(self, inbound: Inbound) -> None:
        number = self.sandbox.world.phone_numbers.get(inbound.number_id)
        if "inbound" in self.heard.get(inbound.wamid, ()) or number is None:
            return
        self.sandbox.unsent.append(self.sandbox.inbound_event(inbound, number))

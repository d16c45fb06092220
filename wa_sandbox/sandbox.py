"""The sandbox itself: what the world is, what was accepted, what happens next. One process, one event loop.

Everything that changes state goes through a method here, is written to the ledger file, and can be replayed from it.
"""

import asyncio
import logging
import secrets
from typing import Any

from wa_sandbox.agenda import Agenda
from wa_sandbox.changes import apply_change
from wa_sandbox.clock import Clock
from wa_sandbox.faults.rules import Faults
from wa_sandbox.identifiers import new_nonce, wamid
from wa_sandbox.ledger.books import Books
from wa_sandbox.ledger.journal import Journal
from wa_sandbox.ledger.message import Inbound, Message
from wa_sandbox.media.sessions import Sessions
from wa_sandbox.media.store import MediaStore
from wa_sandbox.people.behaviours import Step, behaviour_of, slot_table
from wa_sandbox.people.identity import NOBODY_SPECIAL, STOP_WORDS, Profile, language_of, name_of, reply_text
from wa_sandbox.receipts import Receipts
from wa_sandbox.rules import quality
from wa_sandbox.settings import Settings
from wa_sandbox.template_review import Review
from wa_sandbox.webhooks.changes import told_changes
from wa_sandbox.webhooks.delivery import WebhookQueue
from wa_sandbox.webhooks.payloads import Event, inbound_event, status_event
from wa_sandbox.world.records import PhoneNumber, Portfolio
from wa_sandbox.world.registry import World

log = logging.getLogger("wa_sandbox")

RANK = {"accepted": 0, "sent": 1, "delivered": 2, "read": 3, "played": 3, "failed": 3}

_NOTHING = Step("nothing", 0.0)


class Sandbox:
    """All state, in memory; the ledger file is its past. Made by `wa_sandbox.app.build`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.clock = Clock()
        self.limits = settings.limits
        self.world = World(settings.app, settings.world)
        self.slots = dict(settings.people.slots)
        self.table = slot_table(self.slots)
        self.overrides = dict(settings.people.overrides)
        self.profiles: dict[str, Profile] = {}
        self.books = Books(self.limits, self.portfolio_id)
        self.nonce = new_nonce()
        self.serial = 0
        self.faults = Faults(settings.seed)
        self.journal = Journal(settings.ledger)
        self.media = MediaStore(settings.media, settings.ledger, settings.seed)
        self.uploads = Sessions()
        self.receipts = Receipts(self.clock, settings.speed, self.happen)
        self.agenda = Agenda(self.clock)
        self.review = Review(self)
        self.webhooks = WebhookQueue(
            settings.webhooks, self.clock, lambda: self.world.app.secret, self._acked, seed=settings.seed
        )
        self.unsent: list[Event] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin to let receipts happen, to judge templates and to send webhooks."""
        self._tasks = [
            asyncio.create_task(self.receipts.run(), name="receipts"),
            asyncio.create_task(self.agenda.run(), name="agenda"),
        ]
        self.review.resume()
        for event in self.unsent:
            self.tell(event)
        self.unsent = []

    async def stop(self) -> None:
        """Stop, and close the ledger file. What was still to come is picked up at the next start."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.webhooks.close()
        self.journal.close()

    # --- messages ---------------------------------------------------------------------------------------------

    def new_wamid(self, wa_id: str, *, inbound: bool) -> str:
        """The next message id of this ledger."""
        self.serial += 1
        return wamid(self.nonce, self.serial, wa_id, inbound=inbound)

    def behaviour(self, wa_id: str) -> str:
        """How a person behaves."""
        return behaviour_of(wa_id, self.table, self.overrides)

    def accept(
        self, message: Message, text: str, shown: dict[str, Any] | None = None, quoted: str | None = None
    ) -> None:
        """Take a message: written to the ledger file first. Raises OSError if that cannot be done."""
        fact = message.fact(text, shown)
        if quoted is not None:
            fact["context"] = quoted
        self.journal.write_now(fact)
        self.books.accept(message, self.portfolio_id(message.number_id), text, shown, quoted)
        if message.steps:
            self.receipts.add(message, 0)

    def happen(self, message: Message, index: int) -> None:
        """A step of a message takes place: a receipt, a reply, a block. Then the next one is waited for."""
        if index == 0 and message.held and self._is_paused(message.template_id):
            message.drop()
        step = message.steps[index]
        at = self.receipts.due(message, index)
        if message.done:
            if index in message.done:
                step = _NOTHING
            # A person took over: an older appointment of the same steps may still be waiting.
            message.done |= {index}
        if step.what in RANK:
            self._receipt(message, step.what, step.code, at)
        elif step.what == "block":
            self.block(message.number_id, message.wa_id, at, wamid=message.wamid)
        elif step is _NOTHING:
            pass
        elif message.number_id in self.world.phone_numbers:
            self._answer(message, step.what, index, at)
        following = message.step_from(index + 1)
        if following is not None:
            self.receipts.add(message, following)

    def _is_paused(self, template_id: str | None) -> bool:
        template = self.world.templates.get(template_id or "")
        return template is not None and template.status in ("PAUSED", "DISABLED")

    def _receipt(self, message: Message, what: str, code: int, at: float) -> None:
        if RANK[what] > RANK[message.status]:
            self.books.set_status(message, what, at, code)
        number = self.world.phone_numbers.get(message.number_id)
        marks = message.marks or {}
        unheard = number is None or marks.get("lost") or not self.world.app.wants("messages")
        url = None if number is None or unheard else self.world.webhook_url(number)
        fact = {"k": "status", "wamid": message.wamid, "status": what, "at": at, "code": code}
        self.journal.write_soon(fact if url is not None else {**fact, "hook": False})
        if number is None or url is None:
            return
        event = status_event(
            message,
            what,
            at,
            number=number,
            portfolio=self.portfolio_of(number),
            profile=self.profiles.get(message.wa_id, NOBODY_SPECIAL),
            code=code,
            free_in_window=self.settings.pricing.free_in_window,
        )
        delay = float((marks.get("delays") or {}).get(what, 0.0))
        for _ in range(int(marks.get("copies", 1))):
            if delay:
                self.webhooks.put_later(url, event, delay)
            else:
                self.webhooks.put(url, event)

    def _answer(self, message: Message, what: str, index: int, at: float) -> None:
        language = language_of(message.wa_id)
        nth = self.books.had.get(message.wa_id, 1)
        text = STOP_WORDS[language] if what == "stop" else reply_text(message.wa_id, nth)
        number = self.world.phone_numbers[message.number_id]
        body = {
            "context": {"from": number.digits, "id": message.wamid},
            "type": "text",
            "text": {"body": text},
        }
        self.receive(number, message.wa_id, body, at=at, step=f"{message.wamid} {index}")

    def receive(
        self,
        number: PhoneNumber,
        wa_id: str,
        body: dict[str, Any],
        *,
        at: float,
        name: str | None = None,
        step: str | None = None,
    ) -> Inbound | None:
        """A person writes to a number. `body` is the message without from, id and timestamp. Raises OSError.

        None when the business blocked the person: nothing arrives.
        """
        if wa_id in self.world.block_lists.get(number.id, ()):
            return None
        message_id = self.new_wamid(wa_id, inbound=True)
        full = {"from": wa_id, "id": message_id, "timestamp": str(int(at)), **body}
        inbound = Inbound(
            wamid=message_id,
            number_id=number.id,
            wa_id=wa_id,
            name=name or name_of(wa_id),
            body=full,
            step=step,
        )
        self.journal.write_now(inbound.fact(at))
        self.books.receive(inbound, at)
        self.tell(self.inbound_event(inbound, number))
        return inbound

    def inbound_event(self, inbound: Inbound, number: PhoneNumber) -> Event:
        """The webhook of a message a person sent."""
        profile = self.profiles.get(inbound.wa_id, NOBODY_SPECIAL)
        return inbound_event(inbound, number=number, portfolio=self.portfolio_of(number), profile=profile)

    def block(self, number_id: str, wa_id: str, at: float, *, wamid: str = "") -> None:
        """A person blocks a number: its quality, and that of the template sent last, follow."""
        self.books.block(number_id, wa_id, at)
        fact = {"k": "blocked", "wamid": wamid, "phone_number_id": number_id, "wa_id": wa_id, "at": at}
        self.journal.write_soon(fact)
        template_id = self.books.pair(number_id, wa_id).template_id
        if template_id is not None:
            self.review.follow_quality(template_id)

    def tell(self, event: Event) -> bool:
        """Queue a webhook. False (and noted in the ledger) when there is no URL for it, or no subscription to its field."""
        waba = self.world.wabas.get(event.waba_id)
        if event.number is not None and event.number.id in self.world.phone_numbers:
            url = self.world.webhook_url(event.number)
        else:
            url = (waba.override_callback_uri if waba else None) or self.world.app.webhook_url
            url = url if waba is None or waba.subscribed else None
        if url is None or not self.world.app.wants(event.field):
            self._acked([event])
            return False
        self.webhooks.put(url, event)
        return True

    def announce(self, event: Event) -> bool:
        """As :meth:`tell`, for what stands in no other line of the ledger file: told after a restart if nobody heard it.

        Raises OSError.
        """
        event.ack = [secrets.token_hex(8), "told"]
        self.journal.write_now({"k": "told", "id": event.ack[0], **event.as_fact()})
        return self.tell(event)

    def _acked(self, events: list[Event]) -> None:
        ids = [event.ack for event in events if event.ack is not None]
        if ids:
            self.journal.write_soon({"k": "acked", "ids": ids})

    # --- the world --------------------------------------------------------------------------------------------

    def portfolio_of(self, number: PhoneNumber) -> Portfolio:
        """The portfolio of a number that is there."""
        return self.world.portfolios[self.world.wabas[number.waba_id].portfolio_id]

    def portfolio_id(self, number_id: str) -> str:
        """The portfolio of a number; "" when the number was removed."""
        number = self.world.phone_numbers.get(number_id)
        return self.world.wabas[number.waba_id].portfolio_id if number is not None else ""

    def quality_of(self, number: PhoneNumber, now: float) -> str:
        """A number's quality rating: set by hand, else from the people who blocked it."""
        if number.quality is not None:
            return number.quality
        blocks = self.books.blocks_lately(number.id, now)
        return quality.rating(self.books.people_met[number.id], blocks) if blocks else "GREEN"

    def change(self, op: str, **data: Any) -> Any:
        """Change the world, note it in the ledger so that it holds after a restart, and tell who subscribed.

        Raises BadInput.
        """
        before = self.world.copy_of(data) if op in ("put", "remove") else None
        result = self.apply(op, data)
        self.journal.write_now({"k": "change", "op": op, **data})
        for event in told_changes(self.world, before, data, op=op, now=self.clock.now()):
            self.announce(event)
        return result

    def apply(self, op: str, data: dict[str, Any]) -> Any:
        """Do a change without noting it (also used when replaying). Raises BadInput."""
        return apply_change(self, op, data)

    def new_epoch(self) -> int:
        """Begin empty books; the file keeps the old ones. Returns the number of the new epoch."""
        epoch = self.books.epoch + 1
        self.nonce = new_nonce()
        self.journal.flush()
        self.journal.write_now({"k": "epoch", "epoch": epoch, "nonce": self.nonce, "at": self.clock.now()})
        self.receipts.forget()
        self.webhooks.forget()
        self.books = Books(self.limits, self.portfolio_id, epoch=epoch)
        self.serial = 0
        return epoch

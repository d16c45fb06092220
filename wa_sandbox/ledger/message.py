"""One accepted message, and one message a person sent."""

from typing import Any

from wa_sandbox.people.behaviours import Step

TEMPLATE_PAUSED = 132015


class Message:
    """A message that was answered with 200. `n` counts from 1; `at` in seconds; `steps` is what will happen to it."""

    __slots__ = (
        "at",
        "behaviour",
        "biz",
        "category",
        "code",
        "content_sha256",
        "done",
        "free_entry",
        "in_window",
        "kind",
        "marks",
        "n",
        "number_id",
        "status",
        "status_at",
        "steps",
        "template_id",
        "to",
        "wa_id",
        "wamid",
    )

    def __init__(
        self,
        *,
        n: int,
        wamid: str,
        at: float,
        number_id: str,
        to: str,
        wa_id: str,
        biz: str | None,
        kind: str,
        category: str,
        in_window: bool,
        content_sha256: str,
        behaviour: str,
        steps: list[Step],
    ) -> None:
        self.n = n
        self.wamid = wamid
        self.at = at
        self.number_id = number_id
        self.to = to
        self.wa_id = wa_id
        self.biz = biz
        self.kind = kind
        self.category = category
        self.in_window = in_window
        self.content_sha256 = content_sha256
        self.behaviour = behaviour
        self.steps = steps
        # Steps that happened before a restart and are not to happen again; empty for nearly all.
        self.done: frozenset[int] = frozenset()
        self.status = "accepted"
        self.status_at = at
        self.code = 0
        # What was asked of this message's webhooks by a fault: {"lost": True} and the like; None for nearly all.
        self.marks: dict[str, Any] | None = None
        # The template it was made of, and whether an ad opened a conversation in which everything is free.
        self.template_id: str | None = None
        self.free_entry = False

    def step_from(self, index: int) -> int | None:
        """The first step from `index` on that is still to happen, or None."""
        while index < len(self.steps):
            if index not in self.done:
                return index
            index += 1
        return None

    def fact(self, text: str, shown: dict[str, Any] | None = None) -> dict[str, Any]:
        """The ledger line of this message, with its text and what the phone shows (the developer's own data)."""
        fact: dict[str, Any] = {
            "k": "accepted",
            "n": self.n,
            "wamid": self.wamid,
            "at": self.at,
            "phone_number_id": self.number_id,
            "to": self.to,
            "wa_id": self.wa_id,
            "biz_opaque_callback_data": self.biz,
            "type": self.kind,
            "category": self.category,
            "in_window": self.in_window,
            "sha256": self.content_sha256,
            "behaviour": self.behaviour,
            "steps": [[step.what, round(step.after, 4), step.code] for step in self.steps],
            "marks": self.marks,
            "text": text,
        }
        if shown is not None:
            fact["shown"] = shown
        if self.template_id is not None:
            fact["template_id"] = self.template_id
        if self.free_entry:
            fact["free_entry"] = True
        return fact

    @classmethod
    def from_fact(cls, fact: dict[str, Any]) -> "Message":
        """The message of a ledger line: the reverse of `fact`."""
        message = cls(
            n=fact["n"],
            wamid=fact["wamid"],
            at=fact["at"],
            number_id=fact["phone_number_id"],
            to=fact["to"],
            wa_id=fact["wa_id"],
            biz=fact["biz_opaque_callback_data"],
            kind=fact["type"],
            category=fact["category"],
            in_window=fact["in_window"],
            content_sha256=fact["sha256"],
            behaviour=fact["behaviour"],
            steps=[Step(*step) for step in fact["steps"]],
        )
        message.marks = fact["marks"]
        message.template_id = fact.get("template_id")
        message.free_entry = fact.get("free_entry", False)
        return message

    @property
    def held(self) -> bool:
        """Whether it was accepted as a message that waits for the assessment of its template."""
        return self.marks is not None and "held" in self.marks and self.template_id is not None

    def drop(self) -> None:
        """The template was paused while this message was held: it fails, and nothing else happens."""
        self.steps = [Step("failed", self.steps[0].after, TEMPLATE_PAUSED)]

    def take_over(self, instead: frozenset[int], steps: list[Step]) -> int:
        """A person acts before it was planned: some steps will not happen, others come. Returns the first new index."""
        first = len(self.steps)
        self.done = self.done | instead
        self.steps.extend(steps)
        return first

    def as_json(self) -> dict[str, Any]:
        """The row of `GET /admin/ledger/messages`."""
        return {
            "n": self.n,
            "wamid": self.wamid,
            "phone_number_id": self.number_id,
            "to": self.to,
            "wa_id": self.wa_id,
            "biz_opaque_callback_data": self.biz,
            "type": self.kind,
            "at": self.at,
            "status": self.status,
            "status_at": self.status_at,
            "code": self.code or None,
            "behaviour": self.behaviour,
            "content_sha256": self.content_sha256,
        }


class Inbound:
    """A message from a person. `body` is the `messages[]` object of the webhook; `name` the profile name."""

    __slots__ = ("body", "name", "number_id", "step", "wa_id", "wamid")

    def __init__(
        self,
        *,
        wamid: str,
        number_id: str,
        wa_id: str,
        name: str,
        body: dict[str, Any],
        step: str | None,
    ) -> None:
        self.wamid = wamid
        self.number_id = number_id
        self.wa_id = wa_id
        self.name = name
        self.body = body
        self.step = step

    def fact(self, at: float) -> dict[str, Any]:
        """The ledger line. `step`: "<wamid> <index>" of the message's step that caused it, or None."""
        return {
            "k": "inbound",
            "wamid": self.wamid,
            "at": at,
            "phone_number_id": self.number_id,
            "wa_id": self.wa_id,
            "name": self.name,
            "step": self.step,
            "body": self.body,
        }

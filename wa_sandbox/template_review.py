"""What becomes of templates: reviewed after a while, paused and disabled when people block what they were sent."""

import hashlib
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from wa_sandbox.rules import quality
from wa_sandbox.rules.template_verdict import judge
from wa_sandbox.world.records import Template

if TYPE_CHECKING:
    from wa_sandbox.sandbox import Sandbox


class Review:
    """Meta's review and quality watch over all templates. Times are those of the sandbox's clock."""

    def __init__(self, box: "Sandbox") -> None:
        self.box = box

    def resume(self) -> None:
        """Go on with reviews and pauses after a restart."""
        for template in self.box.world.templates.values():
            self._wait(template)

    def submit(self, template: Template) -> None:
        """Wait for the review of a template that is PENDING; it has its time in `review_at`."""
        self._wait(template)

    def when(self, name: str, language: str, now: float) -> float | None:
        """When a template of this name will be reviewed, drawn from the seed; None: never."""
        settings = self.box.settings.review
        if any(fnmatchcase(name, pattern) for pattern in settings.never_names):
            return None
        text = f"{self.box.settings.seed}:review:{name}:{language}"
        draw = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "big") / 2**32
        seconds = settings.seconds_from + draw * (settings.seconds_to - settings.seconds_from)
        return now + seconds / self.box.settings.speed

    def _wait(self, template: Template) -> None:
        agenda, template_id = self.box.agenda, template.id
        if template.status == "PENDING" and template.review_at is not None:
            agenda.put(f"review {template_id}", template.review_at, lambda: self.judge_now(template_id))
        elif template.status == "PAUSED" and template.paused_until is not None:
            agenda.put(f"pause {template_id}", template.paused_until, lambda: self.unpause(template_id))

    def judge_now(self, template_id: str) -> None:
        """End the review of a template that is PENDING."""
        template = self.box.world.templates.get(template_id)
        if template is None or template.status != "PENDING":
            return
        settings = self.box.settings.review
        verdict = judge(
            name=template.name,
            category=template.category,
            components=template.components,
            reject_names=settings.reject_names,
            recategorise=settings.recategorise,
        )
        record: dict[str, Any] = {
            "status": verdict.status,
            "rejected_reason": verdict.reason,
            "review_at": None,
        }
        if verdict.category is not None:
            record |= {"category": verdict.category, "previous_category": template.category}
        self._change(template_id, record)

    def follow_quality(self, template_id: str) -> None:
        """Work out a template's quality from the people who blocked after it; pause it when that is low."""
        box = self.box
        template = box.world.templates.get(template_id)
        if template is None:
            return
        sent, blocks = box.books.template_sent[template_id], box.books.template_blocks[template_id]
        rating = quality.rating(sent, blocks, box.settings.review.people_needed)
        now = box.clock.now()
        if rating == template.quality or (rating == "GREEN" and template.quality == "UNKNOWN"):
            return
        self._change(template_id, {"quality": rating, "quality_at": now})
        if rating == "RED" and template.status == "APPROVED":
            self.pause(template_id)

    def pause(self, template_id: str) -> None:
        """Pause a template: for 3 hours, the next time for 6, the third time it is disabled for good."""
        template = self.box.world.templates[template_id]
        pauses = template.pauses + 1
        if pauses > 2:
            self._change(template_id, {"status": "DISABLED", "pauses": pauses, "paused_until": None})
            return
        settings = self.box.settings.review
        seconds = settings.first_pause_seconds if pauses == 1 else settings.second_pause_seconds
        until = self.box.clock.now() + seconds
        self._change(template_id, {"status": "PAUSED", "pauses": pauses, "paused_until": until})
        self._wait(self.box.world.templates[template_id])

    def unpause(self, template_id: str) -> bool:
        """End a pause. False when the template is not paused. What annoyed people so far is forgotten."""
        template = self.box.world.templates.get(template_id)
        if template is None or template.status != "PAUSED":
            return False
        self.box.journal.flush()  # the blocks before the end stand before it in the ledger file, too
        self.box.agenda.cancel(f"pause {template_id}")
        self._change(template_id, {"status": "APPROVED", "paused_until": None, "quality": "UNKNOWN"})
        return True

    def _change(self, template_id: str, record: dict[str, Any]) -> None:
        self.box.change("put", kind="templates", record={"id": template_id, **record})

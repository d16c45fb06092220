"""Storing a file and noting it in the ledger."""

from wa_sandbox.media.store import Media
from wa_sandbox.sandbox import Sandbox
from wa_sandbox.world.records import PhoneNumber


def keep(
    box: Sandbox, number: PhoneNumber, *, mime: str, content: bytes, filename: str, inbound: bool
) -> Media:
    """Store a file and note it, and what had to go for it, in the ledger. Raises OSError."""
    media, gone = box.media.add(
        number_id=number.id,
        mime=mime,
        content=content,
        filename=filename,
        now=box.clock.now(),
        inbound=inbound,
    )
    box.journal.write_now(media.fact())
    for media_id in gone:
        box.journal.write_now({"k": "media_gone", "id": media_id})
    return media

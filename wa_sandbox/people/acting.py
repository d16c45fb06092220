"""Acting as a person: write, tap a button, send a picture, react, edit, take back, read, block, stop.

What the page and the admin calls do for a person goes through here; everything is in the ledger and reaches the client
as a webhook. Raises BadInput with a sentence for whoever pressed the button.
"""

from typing import Any

from wa_sandbox.checked import BadInput
from wa_sandbox.ledger.message import Inbound, Message
from wa_sandbox.ledger.threads import Bubble
from wa_sandbox.media.keeping import keep
from wa_sandbox.people.behaviours import Step
from wa_sandbox.people.identity import NOBODY_SPECIAL, STOP_WORDS, language_of
from wa_sandbox.people.replies import answer_of, catalog_of, choices, names_of
from wa_sandbox.sandbox import RANK, Sandbox
from wa_sandbox.webhooks.payloads import preference_event
from wa_sandbox.world.records import PhoneNumber

Body = dict[str, Any]


def send(
    box: Sandbox,
    number: PhoneNumber,
    wa_id: str,
    body: Body,
    *,
    reply_to: str | None = None,
    name: str | None = None,
) -> Inbound:
    """A person sends a message: `body` is an object of `messages[]` without from, id and timestamp."""
    kind = body.get("type")
    if not isinstance(kind, str) or not kind:
        raise BadInput("The message needs a type, for instance text.")
    if reply_to:
        about = body.get("context")
        context = {"from": number.digits, "id": reply_to}
        body = {**body, "context": {**about, **context} if isinstance(about, dict) else context}
    got = box.receive(number, wa_id, body, at=box.clock.now(), name=name)
    if got is None:
        raise BadInput(
            "The business blocked this person: nothing arrives. Unblock with DELETE …/block_users."
        )
    return got


def text(
    box: Sandbox, number: PhoneNumber, wa_id: str, words: str, *, reply_to: str | None = None
) -> Inbound:
    """A person writes."""
    if not words.strip():
        raise BadInput("Give a text.")
    return send(box, number, wa_id, {"type": "text", "text": {"body": words}}, reply_to=reply_to)


def stop(box: Sandbox, number: PhoneNumber, wa_id: str) -> Inbound:
    """A person writes the word for stopping, in the language of the region."""
    return text(box, number, wa_id, STOP_WORDS[language_of(wa_id)])


def tap(box: Sandbox, number: PhoneNumber, wa_id: str, wamid: str, choice: int | str | None) -> Inbound:
    """A person taps a button, a row of a list or a product. `choice`: its place, id, payload, title or product; None: the first."""
    options = choices(_bubble(box, number, wa_id, wamid))
    if not options:
        raise BadInput("This message has nothing to tap that is answered with a message.")
    chosen = _chosen(options, choice)
    if chosen["kind"] in ("product", "catalog") and not number.is_cart_enabled:
        raise BadInput("Nothing can be ordered: the cart of this number is off (whatsapp_commerce_settings).")
    waba = box.world.wabas[number.waba_id]
    body = answer_of(
        chosen,
        wa_id,
        seed=box.settings.seed,
        catalog_id=catalog_of(waba.id),
        currency=waba.currency,
    )
    return send(box, number, wa_id, body, reply_to=wamid)


def _chosen(options: list[Body], choice: int | str | None) -> Body:
    if choice is None:
        return options[0]
    if isinstance(choice, int) and 0 <= choice < len(options):
        return options[choice]
    for option in options:
        if choice in names_of(option):
            return option
    names = ", ".join(str(option.get("text") or option.get("title")) for option in options)
    raise BadInput(f"There is no such button. There are: {names}.")


def send_file(
    box: Sandbox,
    number: PhoneNumber,
    wa_id: str,
    *,
    kind: str,
    mime: str,
    content: bytes,
    filename: str,
    caption: str = "",
    voice: bool = False,
    reply_to: str | None = None,
) -> Inbound:
    """A person sends an image, video, audio, document or sticker."""
    if kind not in ("image", "video", "audio", "document", "sticker"):
        raise BadInput("kind must be image, video, audio, document or sticker.")
    if not content:
        raise BadInput("The file is empty.")
    if wa_id in box.world.block_lists.get(number.id, ()):
        raise BadInput("The business blocked this person: nothing arrives.")
    media = keep(box, number, mime=mime, content=content, filename=filename, inbound=True)
    part: Body = {"mime_type": mime, "sha256": media.sha256_base64, "id": media.id}
    if caption and kind in ("image", "video", "document"):
        part["caption"] = caption
    if kind == "document":
        part["filename"] = filename
    elif kind == "audio":
        part["voice"] = voice
    elif kind == "sticker":
        part["animated"] = False
    return send(box, number, wa_id, {"type": kind, kind: part}, reply_to=reply_to)


def react(box: Sandbox, number: PhoneNumber, wa_id: str, wamid: str, emoji: str) -> Inbound:
    """A person puts an emoji on a message, or takes it away with ""."""
    _known(box, number, wa_id, wamid)
    reaction = {"message_id": wamid, "emoji": emoji}
    return send(box, number, wa_id, {"type": "reaction", "reaction": reaction})


def edit(box: Sandbox, number: PhoneNumber, wa_id: str, wamid: str, words: str) -> Inbound:
    """A person changes the words of a message of their own."""
    if box.books.inbound.get(wamid) != (number.id, wa_id):
        raise BadInput("A person can edit own messages only: give the id of one.")
    change = {"original_message_id": wamid, "message": {"type": "text", "text": {"body": words}}}
    return send(box, number, wa_id, {"type": "edit", "edit": change})


def revoke(box: Sandbox, number: PhoneNumber, wa_id: str, wamid: str) -> Inbound:
    """A person deletes a message of their own for everyone."""
    if box.books.inbound.get(wamid) != (number.id, wa_id):
        raise BadInput("A person can delete own messages only: give the id of one.")
    return send(box, number, wa_id, {"type": "revoke", "revoke": {"original_message_id": wamid}})


def read(box: Sandbox, number: PhoneNumber, wa_id: str, wamid: str | None = None) -> list[str]:
    """A person opens the chat: every message there, or up to one, is delivered and read now. Returns their ids."""
    if wamid is not None:
        _known(box, number, wa_id, wamid)
    thread = box.books.threads.get(number.id, wa_id)
    seen = []
    for bubble in thread.bubbles if thread is not None else []:
        message = box.books.by_wamid.get(bubble.wamid)
        if message is not None and message.kind != "reaction" and _read_now(box, message):
            seen.append(message.wamid)
        if bubble.wamid == wamid:
            break
    return seen


def _read_now(box: Sandbox, message: Message) -> bool:
    if RANK[message.status] >= RANK["read"] or any(step.what == "failed" for step in message.steps):
        return False
    rank = RANK[message.status]
    missing = [what for what in ("sent", "delivered", "read") if RANK[what] > rank]
    instead = frozenset(
        index
        for index, step in enumerate(message.steps)
        if step.what in missing and index not in message.done
    )
    after = max(0.0, (box.clock.now() - message.at) * box.settings.speed)
    steps = [Step(what, round(after, 4)) for what in missing]
    fact = {
        "k": "steps",
        "wamid": message.wamid,
        "instead": sorted(instead),
        "steps": [list(s) for s in steps],
    }
    box.journal.write_now(fact)
    box.receipts.add(message, message.take_over(instead, steps))
    return True


def block(box: Sandbox, number: PhoneNumber, wa_id: str) -> None:
    """A person blocks the number: what is sent from now on fails, and the quality follows."""
    box.block(number.id, wa_id, box.clock.now())


def unblock(box: Sandbox, number: PhoneNumber, wa_id: str) -> bool:
    """A person unblocks the number. False if it was not blocked."""
    was = box.books.blocked.pop((number.id, wa_id), None)
    box.journal.write_soon({"k": "unblocked", "phone_number_id": number.id, "wa_id": wa_id})
    return was is not None


def prefer(box: Sandbox, number: PhoneNumber, wa_id: str, value: str) -> None:
    """A person stops or resumes marketing messages with WhatsApp's own switch (`user_preferences`)."""
    if value not in ("stop", "resume"):
        raise BadInput("value must be stop or resume.")
    key = (number.id, wa_id)
    if value == "stop":
        box.books.marketing_stopped.add(key)
    else:
        box.books.marketing_stopped.discard(key)
    box.journal.write_soon({"k": "preference", "phone_number_id": number.id, "wa_id": wa_id, "value": value})
    event = preference_event(
        value,
        wa_id,
        box.clock.now(),
        number=number,
        portfolio=box.portfolio_of(number),
        profile=box.profiles.get(wa_id, NOBODY_SPECIAL),
    )
    box.announce(event)


def _bubble(box: Sandbox, number: PhoneNumber, wa_id: str, wamid: str) -> Bubble:
    thread = box.books.threads.get(number.id, wa_id)
    bubble = thread.find(wamid) if thread is not None else None
    if bubble is None:
        raise BadInput("This message is not in the conversation (any more).")
    return bubble


def _known(box: Sandbox, number: PhoneNumber, wa_id: str, wamid: str) -> None:
    sent = box.books.by_wamid.get(wamid)
    mine = sent is not None and (sent.number_id, sent.wa_id) == (number.id, wa_id)
    if not mine and box.books.inbound.get(wamid) != (number.id, wa_id):
        raise BadInput("There is no message with this id in the conversation.")

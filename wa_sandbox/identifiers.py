"""Message ids in WhatsApp's form: `wamid.` and base64 of the number, a direction and eighteen hex digits."""

import base64
import hashlib
import secrets


def new_nonce() -> str:
    """What keeps the ids of one ledger apart from those of another with the same seed."""
    return secrets.token_hex(8)


def wamid(nonce: str, serial: int, wa_id: str, *, inbound: bool) -> str:
    """The id of the message number `serial` of a ledger."""
    unique = hashlib.blake2b(f"{nonce}:{serial}".encode(), digest_size=9).hexdigest().upper().encode()
    number = wa_id.encode()
    head = b"\x1c\x18" + bytes((len(number),)) + number + b"\x15\x02\x00"
    return (
        "wamid."
        + base64.b64encode(head + (b"\x12" if inbound else b"\x11") + b"\x18\x12" + unique + b"\x00").decode()
    )

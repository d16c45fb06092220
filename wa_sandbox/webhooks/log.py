"""The latest webhooks with how they were answered, for looking at and for sending again. Bounded."""

import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

import orjson

KEPT = 500


class Entry:
    """One POST. `status`: the last answer (0: none yet); `outcome`: waiting, delivered, again, given_up."""

    __slots__ = ("at", "body", "fields", "id", "outcome", "status", "tries", "trouble", "url")

    def __init__(self, number: int, url: str, body: bytes, fields: tuple[str, ...], at: float) -> None:
        self.id = number
        self.url = url
        self.body = body
        self.fields = fields
        self.at = at
        self.tries = 0
        self.status = 0
        self.outcome = "waiting"
        self.trouble: str | None = None

    def as_json(self, secret: str | None = None) -> dict[str, Any]:
        """The row of the log; with the app's secret also the body as it was sent, its signature, and the `payload` it holds."""
        row: dict[str, Any] = {
            "id": self.id,
            "at": self.at,
            "url": self.url,
            "fields": list(self.fields),
            "tries": self.tries,
            "status": self.status or None,
            "outcome": self.outcome,
            "trouble": self.trouble,
            "bytes": len(self.body),
        }
        if secret is not None:
            row["signature"] = "sha256=" + hmac.digest(secret.encode(), self.body, hashlib.sha256).hex()
            row["body"] = self.body.decode()
            row["payload"] = orjson.loads(self.body)
        return row


class Log:
    """The latest entries by number."""

    def __init__(self) -> None:
        self._entries: OrderedDict[int, Entry] = OrderedDict()
        self._made = 0

    def add(self, url: str, body: bytes, fields: tuple[str, ...], at: float) -> Entry:
        """A new entry; the oldest goes when there are too many."""
        self._made += 1
        entry = self._entries[self._made] = Entry(self._made, url, body, fields, at)
        if len(self._entries) > KEPT:
            self._entries.popitem(last=False)
        return entry

    def get(self, number: int) -> Entry | None:
        """An entry, if it is still kept."""
        return self._entries.get(number)

    def latest(self, count: int) -> Iterable[Entry]:
        """So many entries, the newest first."""
        for number in list(reversed(self._entries))[:count]:
            yield self._entries[number]

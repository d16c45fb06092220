"""Media files: on disk beside the ledger, or in memory without one; bounded, the oldest go first.

A file is known by a number like Meta's media ids. What is on disk is found again after a restart.
"""

import base64
import hashlib
import hmac
import logging
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wa_sandbox.settings import MediaSettings

log = logging.getLogger("wa_sandbox.media")

DAY_SECONDS = 86_400.0
MB = 1024 * 1024


@dataclass(slots=True)
class Media:
    """One file. `at`: when it came (seconds); `sha256`: hex; `inbound`: a person sent it; `content` None: on disk."""

    id: str
    number_id: str
    mime: str
    size: int
    sha256: str
    filename: str
    at: float
    inbound: bool
    content: bytes | None = None

    @property
    def sha256_base64(self) -> str:
        """The hash as webhooks carry it."""
        return base64.b64encode(bytes.fromhex(self.sha256)).decode()

    def fact(self) -> dict[str, Any]:
        """The ledger line."""
        return {
            "k": "media",
            "id": self.id,
            "phone_number_id": self.number_id,
            "mime": self.mime,
            "size": self.size,
            "sha256": self.sha256,
            "filename": self.filename,
            "at": self.at,
            "inbound": self.inbound,
        }


class MediaStore:
    """All media by id, oldest first."""

    def __init__(self, settings: MediaSettings, ledger: Path | None, seed: int) -> None:
        self.settings = settings
        self.files: OrderedDict[str, Media] = OrderedDict()
        self.bytes_kept = 0
        self.folder: Path | None = None
        if settings.folder is not None:
            self.folder = Path(settings.folder)
        elif ledger is not None:
            self.folder = ledger.with_name(ledger.name + ".media")
        self._key = hashlib.blake2b(f"media:{seed}".encode(), digest_size=16).digest()
        self._made = 0

    def add(
        self, *, number_id: str, mime: str, content: bytes, filename: str, now: float, inbound: bool
    ) -> tuple[Media, list[str]]:
        """Keep a file. Returns it, and the ids of those that had to go for it. Raises OSError when the disk refuses."""
        digest = hashlib.sha256(content).hexdigest()
        media = Media(
            id=self._free_id(number_id, digest),
            number_id=number_id,
            mime=mime,
            size=len(content),
            sha256=digest,
            filename=filename,
            at=now,
            inbound=inbound,
            content=content if self.folder is None else None,
        )
        if self.folder is not None:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            part = self.folder / (media.id + ".part")
            part.write_bytes(content)
            part.replace(self.folder / media.id)
        self.files[media.id] = media
        self.bytes_kept += media.size
        return media, self._make_room(keep=media.id)

    def get(self, media_id: str, now: float) -> Media | None:
        """A file that is there and not too old."""
        media = self.files.get(media_id)
        if media is None or now - media.at > self.settings.keep_days * DAY_SECONDS:
            return None
        return media

    def content(self, media: Media) -> bytes | None:
        """The bytes of a file, or None when the disk does not have them any more."""
        if media.content is not None or self.folder is None:
            return media.content
        try:
            return (self.folder / media.id).read_bytes()
        except OSError as failure:
            log.warning("the file of media %s cannot be read: %s", media.id, failure.strerror)
            return None

    def remove(self, media_id: str) -> bool:
        """Take a file away. False if there was none."""
        media = self.files.pop(media_id, None)
        if media is None:
            return False
        self.bytes_kept -= media.size
        if self.folder is not None:
            (self.folder / media_id).unlink(missing_ok=True)
        return True

    def replay(self, fact: dict[str, Any]) -> None:
        """Know a file again from its ledger line, or that it is gone."""
        if fact["k"] == "media_gone":
            media = self.files.pop(fact["id"], None)
            self.bytes_kept -= media.size if media is not None else 0
            return
        self._made += 1
        if self.folder is None or not (self.folder / fact["id"]).exists():
            return
        self.files[fact["id"]] = Media(
            id=fact["id"],
            number_id=fact["phone_number_id"],
            mime=fact["mime"],
            size=fact["size"],
            sha256=fact["sha256"],
            filename=fact["filename"],
            at=fact["at"],
            inbound=fact["inbound"],
        )
        self.bytes_kept += fact["size"]

    def signature(self, media_id: str, expires: int) -> str:
        """What makes an address for downloading valid until a second."""
        return hmac.new(self._key, f"{media_id}:{expires}".encode(), hashlib.sha256).hexdigest()[:32]

    def _make_room(self, keep: str) -> list[str]:
        gone = []
        while self.bytes_kept > self.settings.total_mb * MB:
            oldest = next(iter(self.files))
            if oldest == keep:
                break
            self.remove(oldest)
            gone.append(oldest)
        return gone

    def _free_id(self, number_id: str, digest: str) -> str:
        while True:
            self._made += 1
            raw = hashlib.blake2b(f"{number_id}:{digest}:{self._made}".encode(), digest_size=7).digest()
            media_id = str(10**15 + int.from_bytes(raw, "big") % (9 * 10**15))
            if media_id not in self.files:
                return media_id

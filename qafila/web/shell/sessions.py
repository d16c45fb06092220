"""Sessions in the database, sealed: who reads a dump learns nothing of what is in them. (``SESSION_ENGINE``)"""

from __future__ import annotations

import json
from typing import Any

from django.contrib.sessions.backends import db

from qafila.kit.crypto import CryptoError
from qafila.senders.secrets import keyring

_PLACE = "web.session"


class SessionStore(db.SessionStore):
    """Django's own store, with AES-GCM around the content."""

    def encode(self, session_dict: dict[str, Any]) -> str:
        """The content as it is stored."""
        return keyring().encrypt(json.dumps(session_dict), _PLACE)

    def decode(self, session_data: str | bytes) -> dict[str, Any]:
        """What is stored; an empty session where the key is gone or somebody changed it."""
        try:
            text = session_data.decode() if isinstance(session_data, bytes) else session_data
            found: dict[str, Any] = json.loads(keyring().decrypt(text, _PLACE))
        except (CryptoError, ValueError):
            return {}
        return found

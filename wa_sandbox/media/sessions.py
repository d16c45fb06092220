"""Graph's resumable uploads: a session, bytes in one or more parts, then a handle for a template's example or a profile."""

import base64
import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field

SESSIONS_KEPT = 100
SESSION_AT_MOST = 100 * 1024 * 1024


@dataclass(slots=True)
class Session:
    """One upload in parts. `offset`: how many bytes have come."""

    id: str
    name: str
    mime: str
    length: int
    content: bytearray = field(default_factory=bytearray)

    @property
    def offset(self) -> int:
        """Where to go on."""
        return len(self.content)


class Sessions:
    """The latest uploads in parts, in memory; and the handles they became."""

    def __init__(self) -> None:
        self._sessions: OrderedDict[str, Session] = OrderedDict()
        self.handles: OrderedDict[str, Session] = OrderedDict()
        self._made = 0

    def begin(self, *, name: str, mime: str, length: int) -> Session:
        """A new session; the oldest is forgotten when there are too many."""
        self._made += 1
        raw = hashlib.blake2b(f"{name}:{mime}:{length}:{self._made}".encode(), digest_size=24).digest()
        session = Session("upload:" + base64.urlsafe_b64encode(raw).decode(), name, mime, length)
        self._sessions[session.id] = session
        if len(self._sessions) > SESSIONS_KEPT:
            self._sessions.popitem(last=False)
        return session

    def get(self, session_id: str) -> Session | None:
        """A session by its id (`upload:...`)."""
        return self._sessions.get(session_id)

    def finish(self, session: Session) -> str:
        """The handle of a complete upload: `4::...`."""
        digest = hashlib.sha256(bytes(session.content)).digest()
        handle = "4::" + base64.b64encode(session.mime.encode()).decode() + ":" + digest.hex()
        self._sessions.pop(session.id, None)
        self.handles[handle] = session
        if len(self.handles) > SESSIONS_KEPT:
            self.handles.popitem(last=False)
        return handle

"""What a web process looks at beside its pages: whether a worker lives, and the disks. Who but it could tell that no worker runs?"""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import Error, connections

from qafila.alerts import disks, letters
from qafila.dispatch import missing_workers

log = logging.getLogger(__name__)

LOOK_SECONDS: Final = 15.0


class Watch:
    """A thread beside the server, one a process. Several processes may watch at once: what they raise is one line."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        # A mail server that does not answer must not keep a stopping process.
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)
        self._disks_at = 0

    def start(self) -> None:
        """Looks at once, then again and again."""
        self._thread.start()

    def stop(self) -> None:
        """No further look; the last one is not waited for."""
        self._stopping.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.look(now=datetime.now(UTC))
            except Error as exc:
                log.warning("a look was left out: the database is away", extra={"cause": type(exc).__name__})
            finally:
                connections.close_all()
            self._stopping.wait(LOOK_SECONDS)

    def look(self, *, now: datetime) -> None:
        """One look. While no worker runs the e-mails about it are sent here: they are else a worker's work."""
        if missing_workers.look(now=now):
            letters.write_due(now=now)
            letters.send_due(now=now)
        if self._disks_at <= 0:
            disks.look(data=Path(settings.DATA), now=now)
            self._disks_at = round(disks.LOOK_SECONDS / LOOK_SECONDS)
        self._disks_at -= 1

"""Ending a child when its parent is gone, even after `kill -9`.

Linux can send a process a signal when the thread that started it ends (`prctl(2)`, PR_SET_PDEATHSIG). Three traps, all
met here: a change of user clears the setting, so it has to be made after it (`subprocess` runs `preexec_fn` after
`user=`); the parent may die between fork and prctl, so the parent's id is compared afterwards; the signal follows the
thread, so a child has to be started from the main thread. Other systems have no such call: there a child outlives a
killed parent and is found again by the next start.
"""

import ctypes
import os
import signal
import sys
import threading
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

SUPPORTED = _libc is not None
"""Whether this system can tie a child to its parent."""


class StartedOffMainThread(RuntimeError):
    """A child tied to its parent was about to be started from a thread that may end before the program does."""

    code = "started_off_main_thread"

    def __init__(self) -> None:
        super().__init__("A child process has to be started from the main thread; move the start there.")


def end_with_parent(death_signal: signal.Signals) -> Callable[[], None] | None:
    """Give a `preexec_fn` that makes the new child receive `death_signal` when this process ends.

    None where the system has no such thing. Raises `StartedOffMainThread` when called from another thread.
    """
    if _libc is None:
        return None
    if threading.current_thread() is not threading.main_thread():
        raise StartedOffMainThread
    prctl, parent_pid, number = _libc.prctl, os.getpid(), int(death_signal)

    def arm() -> None:
        if prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0) != 0 or os.getppid() != parent_pid:
            os._exit(111)

    return arm

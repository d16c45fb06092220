"""How long linking a phone may take: WhatsApp shows a QR code for 60 seconds, then five more for 20 seconds each."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

MOST_CODES: Final = 6
START_SECONDS: Final = 90.0
"""Without any code by then the gateway cannot reach WhatsApp; some say nothing of it, ever."""
NOT_TOLD_SECONDS: Final = 30.0
"""Longer than a call to the gateway: while one lasts, another look sees a code that the call is about to tell."""
FIRST_CODE_SECONDS: Final = 60.0
CODE_SECONDS: Final = 20.0
LAST_CODE_SECONDS: Final = 60.0
"""The last code may be shown so long; then it is over."""
TYPED_CODE_SECONDS: Final = 180.0
WHOLE_SECONDS: Final = 600.0


def verdict(*, said: str, reason: str, codes: int, waited: float, code_shown: float | None) -> str:
    """Why an attempt is over (a wording code), or "" while it may go on.

    :param said: the state that the gateway names. :param reason: its reason. :param codes: how many codes were shown.
    :param waited: seconds since the beginning. :param code_shown: seconds that the present code is shown; None: none yet.
    """
    if said == "failed" and reason == "qr_not_scanned":
        # Our gateway tells of its own end before we count to ours; a code of letters is one code, whatever it went through.
        return "link_codes_used_up" if codes >= MOST_CODES else "link_closed"
    if said == "failed":
        return f"link_{reason}" if reason else "link_failed"
    if codes > MOST_CODES:
        return "link_codes_used_up"
    if said == "code" and codes == 0 and waited > NOT_TOLD_SECONDS:
        return "link_code_not_told"  # one was made, and nobody here was told which
    if codes == 0:
        return "link_start_timed_out" if waited > START_SECONDS else ""
    if codes == MOST_CODES and code_shown is not None and code_shown > LAST_CODE_SECONDS and said != "code":
        return "link_codes_used_up"
    if said == "closed" and waited > CODE_SECONDS:
        return "link_closed"
    return "link_took_too_long" if waited > WHOLE_SECONDS else ""


def typed_until(*, now: datetime, said: datetime | None) -> datetime:
    """When a code of letters is over: as the gateway says, unless its clock cannot be right."""
    if said is not None and now < said <= now + timedelta(seconds=WHOLE_SECONDS):
        return said
    return now + timedelta(seconds=TYPED_CODE_SECONDS)


def was_seen(*, said: str, codes: int, phone_seen: bool | None) -> bool:
    """Whether a phone took a code and is being linked: the gateway starts again after it showed one.

    :param phone_seen: what the gateway says of it; None: nothing.
    """
    return said == "starting" and codes > 0 and phone_seen is not False


def seconds_left(*, codes: int, code_shown: float, typed: bool) -> int:
    """How long the code that is shown is probably good for, where the gateway does not say."""
    whole = FIRST_CODE_SECONDS if codes <= 1 else CODE_SECONDS
    if typed:
        whole = TYPED_CODE_SECONDS
    return max(0, round(whole - code_shown))

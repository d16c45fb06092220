"""E-mails: written here, sent by a worker. What waits to be sent is sealed, because it holds links that open things."""

from __future__ import annotations

import json

from django.conf import settings
from django.core.mail import send_mail

from qafila.senders.secrets import keyring

_PLACE = "web.mail"


def can_send() -> bool:
    """Whether an SMTP server is set up. Without one, pages show links to copy."""
    return bool(settings.ENV.email_host)


def send_later(*, to: str, subject: str, body: str) -> bool:
    """Hands a plain-text e-mail to the worker, in the caller's transaction. False where no SMTP server is set up."""
    if not can_send():
        return False
    from qafila.web.jobs import send_sealed  # the job needs this module

    letter = json.dumps({"to": to, "subject": " ".join(subject.split()), "body": body})
    send_sealed.defer(sealed=keyring().encrypt(letter, _PLACE))
    return True


def send_now(sealed: str) -> None:
    """Sends what :func:`send_later` sealed.

    :raises OSError: (``SMTPException`` is one) the mail server did not take it. :raises CryptoError: the key is gone.
    """
    letter = json.loads(keyring().decrypt(sealed, _PLACE))
    send_mail(letter["subject"], letter["body"], settings.DEFAULT_FROM_EMAIL, [letter["to"]])

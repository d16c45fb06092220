"""The system check of the first run: what must be well before anything is sent, each with what to do."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from qafila.dispatch.queries import living_workers
from qafila.kit.crypto import CryptoError
from qafila.senders.secrets import keyring
from qafila.web.pages.account.mails import can_send

CLOCKS_AGREE_SECONDS: Final = 2.0
FREE_AT_LEAST: Final = 1_000_000_000
"""Bytes on the disk of the data folder."""


@dataclass(frozen=True, slots=True)
class Check:
    """One finding.

    :ivar state: a word for the chip: ``active`` (well), ``warning`` or ``critical``.
    :ivar text: what was found, or what to do.
    """

    title: str | Promise
    state: str
    text: str


def system_checks(*, now: datetime) -> list[Check]:
    """Everything, in the order in which it is of use to put it right."""
    return [*_database(now), _workers(now), _storage(), _key(), _address(), _mail()]


def _database(now: datetime) -> Iterator[Check]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version'), clock_timestamp()")
        version, at = cursor.fetchone()
    yield Check(
        _("Database"), "active", _("PostgreSQL %(version)s answers.") % {"version": version.split()[0]}
    )
    apart = abs((at - now).total_seconds())
    if apart > CLOCKS_AGREE_SECONDS:
        seconds = round(apart)
        text = ngettext(
            "This machine and the database are %(seconds)d second apart. Set both clocks by NTP.",
            "This machine and the database are %(seconds)d seconds apart. Set both clocks by NTP.",
            seconds,
        )
        yield Check(_("Clock"), "critical", text % {"seconds": seconds})
    else:
        yield Check(_("Clock"), "active", _("It agrees with the database."))


def _workers(now: datetime) -> Check:
    if living_workers(now=now):
        return Check(_("Worker"), "active", _("It is at work."))
    text = _(
        "None has been seen for half a minute, so nothing is sent. Start one: qafila up, or qafila worker."
    )
    return Check(_("Worker"), "critical", text)


def _storage() -> Check:
    folder = Path(settings.DATA)
    probe = folder / ".writable"
    try:
        probe.write_bytes(b"")
        probe.unlink()
        free = shutil.disk_usage(folder).free
    except OSError:
        return Check(_("Storage"), "critical", _("The data folder cannot be written to."))
    if free < FREE_AT_LEAST:
        return Check(_("Storage"), "warning", _("Less than 1 GB is free on the disk of the data folder."))
    text = _("The data folder can be written to; %(free)d GB are free.")
    return Check(_("Storage"), "active", text % {"free": free // 1_000_000_000})


def _key() -> Check:
    try:
        keys = keyring()
        good = keys.decrypt(keys.encrypt("probe", "first-run"), "first-run") == "probe"
    except (CryptoError, OSError):
        good = False
    if not good:
        return Check(_("Encryption key"), "critical", _("Tokens cannot be sealed. `qafila doctor` says why."))
    text = _("Tokens are sealed. Keep a copy of the key apart from database backups.")
    return Check(_("Encryption key"), "active", text)


def _address() -> Check:
    address = settings.ENV.public_url
    if address.startswith("https://"):
        return Check(_("Public address"), "active", address)
    text = _(
        "WhatsApp reports deliveries and answers to an https address that can be reached from outside. Set PUBLIC_URL "
        "before you connect a real number; the sandbox needs none."
    )
    return Check(_("Public address"), "warning", text)


def _mail() -> Check:
    if can_send():
        return Check(_("E-mail"), "active", settings.ENV.email_host)
    text = _("Not set up. Invitations and links for new passwords are shown to copy instead.")
    return Check(_("E-mail"), "warning", text)

"""Which failures pass by themselves, and which come from what a webhook holds."""

from __future__ import annotations

import django.db
import psycopg

from qafila.businesses.refusals import Refused

# A refusal of a lower room (a person who is gone meanwhile) is about this webhook alone, too. The last are what a parser may stumble over; a parser promises not to raise, and one that does must stop nobody else.
POISON = (
    Refused,
    psycopg.Error,
    django.db.Error,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RecursionError,
)
# Connection, a transaction that stood still, deadlock and serialization, insufficient resources, lock waits, operator
# intervention, system.
_PASSING = ("08", "25P03", "40", "53", "55P", "57", "58")

_AWAY = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    django.db.OperationalError,
    django.db.InterfaceError,
)


def is_transient(exc: BaseException) -> bool:
    """Whether the same work may well succeed a little later: the database was away or two workers were in each other's way."""
    cause = exc.__cause__ if isinstance(exc, django.db.Error) else exc
    if isinstance(cause, psycopg.Error) and cause.sqlstate:
        return cause.sqlstate.startswith(_PASSING)
    return isinstance(exc, _AWAY)


def name_of(exc: BaseException) -> str:
    """A failure in two words, without what it says: messages of databases quote rows."""
    cause = exc.__cause__ if isinstance(exc, django.db.Error) and exc.__cause__ else exc
    sqlstate = getattr(cause, "sqlstate", None)
    return f"{type(cause).__name__} {sqlstate}" if sqlstate else type(cause).__name__

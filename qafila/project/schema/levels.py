"""The schema levels, one line of numbers for the whole house.

A level is the last migration of each app at one release. Level 0 has only the libraries' tables, which are never
reversed: Procrastinate's migrations have no way back, and nothing of ours is in them.

Adding a migration: append a level (``{**LEVELS[-1], "room": "0003_name"}``) once the level before it was released; the
test ``tests/project/test_levels_match_the_migrations.py`` fails until it is there. A migration only adds: new columns are
NULLable or have a database default, so that the program before it keeps running on the newer schema while an update
goes through the machines one by one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

Level: TypeAlias = Mapping[str, str]
"""App label to the name of its last migration."""

Levels: TypeAlias = Sequence[Level]

_FIRST_LIBRARIES: Final[Level] = {
    "auth": "0012_alter_user_first_name_max_length",
    "contenttypes": "0002_remove_content_type_name",
    "procrastinate": "0041_post_retry_failed_job",
    "sessions": "0001_initial",
}

LIBRARIES: Final[Level] = {
    **_FIRST_LIBRARIES,
    "account": "0009_emailaddress_unique_primary_email",
    "mfa": "0003_authenticator_type_uniq",
    "usersessions": "0001_initial",
}
"""The libraries' tables as this program needs them. Going back leaves them alone."""

_FIRST: Final[Level] = {
    "alerts": "0002_initial",
    "api": "0002_initial",
    "businesses": "0003_person_created_at",
    "campaigns": "0002_import_options",
    "contacts": "0002_lighter_inserts",
    "dispatch": "0002_storage",
    "events": "0001_initial",
    "ledger": "0002_storage",
    "receiving": "0003_kept_once_and_waiting",
    "senders": "0001_initial",
}

_SECOND: Final[Level] = {
    **_FIRST,
    "alerts": "0003_mutes_and_letters",
    "businesses": "0009_audit_chained_last",
    "campaigns": "0009_rows_added",
    "dispatch": "0005_package_holds",
    "events": "0004_endpoints_go_later",
    "inbox": "0001_initial",
    "ledger": "0003_lists_and_samples",
    "receiving": "0004_message_prices",
    "senders": "0013_hours",
    "web": "0003_changes",
}

LEVELS: Final[Levels] = (
    _FIRST_LIBRARIES,
    {**_FIRST_LIBRARIES, **_FIRST},
    {**LIBRARIES, **_SECOND},
)

LATEST: Final = len(LEVELS) - 1

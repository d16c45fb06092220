"""Verbs that write: people, their identities, their no and yes."""

from qafila.contacts.actions.consent import opt_in, opt_out
from qafila.contacts.actions.people import ensure_identities, ensure_phones, learn_alias, take_username

__all__ = ["ensure_identities", "ensure_phones", "learn_alias", "opt_in", "opt_out", "take_username"]

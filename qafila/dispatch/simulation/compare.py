"""One comparison: the policies over the same messages and the same people."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from functools import lru_cache

from qafila.dispatch.simulation.model import Model
from qafila.dispatch.simulation.official_run import OfficialRun
from qafila.dispatch.simulation.outcome import Outcome
from qafila.dispatch.simulation.phone_run import PhoneRun
from qafila.dispatch.simulation.policies import Policy
from qafila.dispatch.simulation.work import Fates, drawn


class Kind(enum.StrEnum):
    """Which numbers."""

    PHONE = "phone"
    OFFICIAL = "official"


RUNS = {Kind.PHONE: PhoneRun, Kind.OFFICIAL: OfficialRun}
POLICIES: Mapping[Kind, Sequence[Policy]] = {
    Kind.PHONE: tuple(Policy),
    Kind.OFFICIAL: (Policy.NONE, Policy.FIXED, Policy.OURS),
}
"""What is compared for each kind."""


def run(
    model: Model, kind: Kind, policy: Policy, *, days: float, numbers: int, messages: int, seed: int
) -> Outcome:
    """One policy over one month.

    :param days: how long, at least one. :param numbers: how many there are. :param messages: in all.
    :param seed: the same seed gives the same outcome.
    """
    fates = _fates(messages, numbers, seed)
    return RUNS[kind](model, fates, policy, days=days, numbers=numbers).go()


def compared(
    model: Model, kind: Kind, *, days: float, numbers: int, messages: int, seed: int
) -> Mapping[Policy, Outcome]:
    """All policies on the same fates; parameters as in :func:`run`."""
    return {
        policy: run(model, kind, policy, days=days, numbers=numbers, messages=messages, seed=seed)
        for policy in POLICIES[kind]
    }


@lru_cache(maxsize=16)
def _fates(messages: int, numbers: int, seed: int) -> Fates:
    return drawn(messages=messages, numbers=numbers, seed=seed)

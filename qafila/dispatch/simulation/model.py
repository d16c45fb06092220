"""The whole model as data. Numbers without a published source are assumptions; the sweep moves all of them.

Sources: [WAHA] WAHA's guide "How to avoid blocking" · [effess], [wapower] published guides of vendors of phone-linked
gateways (none has proof) · [Baileys] what its source and issues say of refusals · [Meta] Meta's pages on
limits and errors · [flowella] a digest of Meta's quality rating · [§1] the limits this program is asked to keep.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from qafila.dispatch.simulation.parameters import Parameter, described, number

PHONE, OFFICIAL = ("phone",), ("official",)


@dataclass(frozen=True, slots=True)
class People:
    """What people do with a message. Probabilities are per delivered message."""

    unwanted: float = number(0.20, "share of people who do not want to hear from the business")
    not_on_whatsapp: float = number(0.03, "share of numbers without WhatsApp")
    block_unwanted: float = number(0.005, "who does not want it: blocks the sender")
    report_unwanted: float = number(0.001, "who does not want it: reports the sender as spam (and blocks it)")
    block_wanted: float = number(0.0005, "who wants it: blocks all the same")
    report_wanted: float = number(0.00005, "who wants it: reports all the same", alone=False)
    opt_out_unwanted: float = number(0.020, "who does not want it: answers STOP")
    opt_out_wanted: float = number(0.002, "who wants it: answers STOP", alone=False)
    reply_unwanted: float = number(0.010, "who does not want it: answers something else", alone=False)
    reply_wanted: float = number(0.080, "who wants it: answers")
    read_wanted: float = number(0.70, "who wants it: reads it, with receipts on", alone=False)
    read_unwanted: float = number(0.40, "who does not want it: reads it, with receipts on", alone=False)
    fatigue: float = number(
        0.5, "each earlier message within 7 days makes blocks, reports and STOP so much likelier"
    )
    reaction_hours: float = number(2.0, "mean time until somebody reacts, in hours", alone=False)
    phone_off: float = number(0.15, "share of messages that find the phone switched off", alone=False)
    phone_off_hours: float = number(3.0, "mean time a phone stays off, in hours", alone=False)


@dataclass(frozen=True, slots=True)
class WhatsApp:
    """How WhatsApp treats a phone-linked number: suspicion, in units of one spam report, which fades with time."""

    ban_at: float = number(
        5.0,
        "suspicion at which the most fragile number is banned; the hardest bears twice as much",
        "[WAHA] 5 to 10 spam tags get a number banned",
        kinds=PHONE,
    )
    half_life_days: float = number(7.0, "days in which suspicion fades to half", kinds=PHONE)
    block_weight: float = number(0.20, "suspicion by a block without a report", kinds=PHONE, alone=False)
    reply_credit: float = number(0.010, "suspicion taken away by an answer", kinds=PHONE)
    unknown_weight: float = number(
        0.010, "suspicion by a message to a number without WhatsApp", kinds=PHONE, alone=False
    )
    identical_weight: float = number(
        0.005, "suspicion by each identical text to a stranger beyond what an hour bears", kinds=PHONE
    )
    identical_an_hour: float = number(
        60.0, "identical texts to strangers that an hour bears", kinds=PHONE, alone=False
    )
    new_factor: float = number(
        2.0,
        "how much more a brand-new number's sins count, fading to 1",
        "[effess] [wapower] say that new numbers are watched; the size is assumed",
        kinds=PHONE,
    )
    new_days: float = number(30.0, "days until a number is no longer new", kinds=PHONE, alone=False)
    comfort: float = number(
        1.0,
        "scale of the new chats a day that pass unnoticed (50 up to day 2, 200 to day 5, 500 to day 10, then 1,000)",
        "[effess] its warm-up steps",
        kinds=PHONE,
    )
    ramp_weight: float = number(0.004, "suspicion by each new chat beyond those", kinds=PHONE)
    fast_weight: float = number(
        0.010, "suspicion by each message beyond 20 in a minute", kinds=PHONE, alone=False
    )
    lock_share: float = number(
        0.5, "share of the ban's suspicion at which new chats are locked (463)", kinds=PHONE
    )
    lock_hours: float = number(
        24.0, "how long new chats stay locked, in hours", "[Baileys] 24 h in baileys-antiban", kinds=PHONE
    )
    insist_weight: float = number(
        0.25,
        "suspicion by each attempt at a new chat while they are locked or used up",
        "[Baileys] retrying a 463 counts as another reach-out; the size is assumed",
        kinds=PHONE,
    )
    new_chats_a_day: float = number(
        1200.0,
        "new chats that a day's quota holds (beyond §1's own limits, so that it binds only when halved)",
        kinds=PHONE,
    )


@dataclass(frozen=True, slots=True)
class Meta:
    """How Meta treats official numbers and the portfolio they share."""

    yellow_at: float = number(
        0.010,
        "blocks a message in 7 days that make a rating yellow",
        "[flowella] 1–2 % move ratings quickly",
        kinds=OFFICIAL,
    )
    red_at: float = number(
        0.020,
        "blocks a message in 7 days that make it red",
        "[flowella] 1–2 % move ratings quickly",
        kinds=OFFICIAL,
    )
    report_counts: float = number(2.0, "how many blocks a report counts for", kinds=OFFICIAL, alone=False)
    rated_from: float = number(
        100.0, "messages in 7 days before a number is rated", kinds=OFFICIAL, alone=False
    )
    restricted_hours: float = number(
        24.0,
        "how long the spam limit (131048) holds a red number, in hours",
        "[Meta] hours to days",
        kinds=OFFICIAL,
    )
    strikes: float = number(3.0, "spam limits within 30 days that cost the number for good", kinds=OFFICIAL)
    insist_cost: float = number(0.02, "strikes by each attempt while restricted", kinds=OFFICIAL, alone=False)
    capped_person: float = number(
        0.03, "share of marketing messages not delivered to protect the person (131049)", kinds=OFFICIAL
    )
    first_cap: float = number(
        2000.0,
        "unique people in 24 h that the portfolio may reach at first",
        "[Meta] TIER_2K",
        kinds=OFFICIAL,
    )
    upgrade_hours: float = number(
        6.0,
        "how soon the next tier comes once half of this one was used with high quality",
        "[Meta]",
        kinds=OFFICIAL,
        alone=False,
    )


@dataclass(frozen=True, slots=True)
class Work:
    """What the business has to send, and the numbers it has.

    :ivar ages: days in use of the numbers at the start; more numbers than ages begin again from the first.
    """

    backlog: float = number(
        0.4, "share of the messages that waits on the first day; the others come day by day"
    )
    arrival_days: float = number(20.0, "days over which the others come", alone=False)
    letters_per_person: float = number(2.0, "messages to one person in all")
    identical: float = number(0.5, "share of messages with the same text as others", kinds=PHONE, alone=False)
    length: float = number(120.0, "mean characters of a text", alone=False)
    age_scale: float = number(1.0, "scale of the numbers' ages", kinds=PHONE)
    call_seconds: float = number(
        1.0,
        "one send after the other without our pace, in seconds",
        "the forecast of this program",
        alone=False,
    )
    ages: tuple[float, ...] = (0, 0, 3, 7, 14, 30, 60, 90, 180, 365)


@dataclass(frozen=True, slots=True)
class Model:
    """Everything about everybody else."""

    people: People = field(default_factory=People)
    whatsapp: WhatsApp = field(default_factory=WhatsApp)
    meta: Meta = field(default_factory=Meta)
    work: Work = field(default_factory=Work)

    def parameters(self) -> Iterator[Parameter]:
        """All numbers of the model, in order."""
        for group in ("people", "whatsapp", "meta", "work"):
            yield from described(group, getattr(self, group))

    def changed(self, **values: float) -> Model:
        """A copy with other values: ``changed(people__unwanted=0.5)``."""
        changed = self
        for path, value in values.items():
            group, _, name = path.partition("__")
            part = replace(getattr(changed, group), **{name: value})
            changed = replace(changed, **{group: part})
        return changed

    def scaled(self, parameter: Parameter, factor: float) -> Model:
        """A copy with one parameter times a factor."""
        return self.changed(**{f"{parameter.group}__{parameter.name}": parameter.value * factor})

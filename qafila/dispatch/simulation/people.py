"""What people do with the messages they get."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from qafila.dispatch.simulation.model import People
from qafila.dispatch.simulation.work import DAY, Fates, waited

HOUR = 3_600.0
WEEK = 7 * DAY
SOON = 5.0
"""Seconds after which a phone that is on confirms a message."""


class Deed(enum.Enum):
    """What somebody does after a message."""

    NOTHING = "nothing"
    REPLY = "reply"
    STOP = "stop"
    BLOCK = "block"
    REPORT = "report"


@dataclass(slots=True)
class Told:
    """What the people did to the business."""

    blocks: int = 0
    reports: int = 0
    stops: int = 0
    replies: int = 0


class Crowd:
    """Everybody who may be written to, and what each remembers."""

    def __init__(self, model: People, fates: Fates) -> None:
        self.model, self._fates = model, fates
        self.told = Told()
        self.stopped: set[int] = set()
        self._blocked: set[tuple[int, int]] = set()
        self._reached: dict[int, list[float]] = {}

    def absent(self, person: int) -> bool:
        """Whether the person has no WhatsApp."""
        return self._fates.absent[person] < self.model.not_on_whatsapp

    def unwanted(self, person: int) -> bool:
        """Whether the person does not want to hear from the business."""
        return self._fates.wants[person] < self.model.unwanted

    def has_blocked(self, person: int, number: int) -> bool:
        """Whether the person's phone drops what this number sends."""
        return (person, number) in self._blocked

    def phone_on_after(self, message: int) -> float:
        """Seconds until the message is on the phone."""
        model, chance = self.model, self._fates.phone[message]
        if chance >= model.phone_off:
            return SOON
        return SOON + waited(chance / model.phone_off, model.phone_off_hours * HOUR)

    def reads(self, message: int, person: int) -> bool:
        """Whether it is read, and says so."""
        model = self.model
        likely = model.read_unwanted if self.unwanted(person) else model.read_wanted
        return self._fates.read[message] < likely

    def answer(self, message: int, person: int, at: float) -> tuple[Deed, float]:
        """What the person does about a message on the phone since ``at``, and when (POSIX seconds)."""
        model = self.model
        past = [t for t in self._reached.get(person, ()) if at - t < WEEK]
        tired = 1.0 + model.fatigue * len(past)
        self._reached[person] = [*past, at]
        if self.unwanted(person):
            report, block = model.report_unwanted, model.block_unwanted
            stop, reply = model.opt_out_unwanted, model.reply_unwanted
        else:
            report, block = model.report_wanted, model.block_wanted
            stop, reply = model.opt_out_wanted, model.reply_wanted
        mood = self._fates.mood[message]
        deed = Deed.NOTHING
        if mood < report * tired:
            deed = Deed.REPORT
        elif mood < (report + block) * tired:
            deed = Deed.BLOCK
        elif mood < (report + block + stop) * tired:
            deed = Deed.STOP
        elif mood >= 1.0 - reply:
            deed = Deed.REPLY
        if deed is Deed.NOTHING:
            return deed, at
        return deed, at + waited(self._fates.delay[message], model.reaction_hours * HOUR)

    def did(self, deed: Deed, person: int, number: int) -> None:
        """The person does it now, to this number."""
        told = self.told
        match deed:
            case Deed.REPORT:
                told.reports += 1
                told.blocks += 1
                self._blocked.add((person, number))
            case Deed.BLOCK:
                told.blocks += 1
                self._blocked.add((person, number))
            case Deed.STOP:
                told.stops += person not in self.stopped
                self.stopped.add(person)
            case Deed.REPLY:
                told.replies += 1
            case Deed.NOTHING:
                pass

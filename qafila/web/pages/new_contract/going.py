"""Who sends it and why, when it is done, what waits, and who gets nothing: in words, for the last look before the start."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from qafila.campaigns.models import Draft
from qafila.campaigns.queries import drafts as reads
from qafila.campaigns.queries.choices import SenderChoice, forecast_over, package_choice, sender_choices
from qafila.campaigns.ways import Way
from qafila.dispatch.forecast import Forecast
from qafila.senders.models import Package, Sender, SenderHealth, SenderState
from qafila.senders.queries import effective
from qafila.senders.saying import steps_say
from qafila.web.pages.new_contract.offering import package_words
from qafila.web.pages.packages.finding import STATES
from qafila.web.shell.saying import said_of
from qafila.web.ui import durations, figures
from qafila.wording import Wording, say

_RATED: Final = {"RED": "red", "YELLOW": "yellow"}
"""The provider's words for less than high quality, and ours."""


def facts(draft: Draft, way: Way, count: int, *, now: datetime) -> dict[str, Any]:
    """What the panel says of the sender and the finish.

    :param count: how many messages will really go out.
    """
    lengths = draft.check_result["lengths"]
    found: dict[str, Any] = {
        "over": way.over,
        "direction": way.direction,
        "explained": [],
        "why": "",
        "loads": [],
    }
    if isinstance(way.over, Package):
        choice = package_choice(way.over, way.numbers)
        forecast = forecast_over(way.numbers, count=count, lengths=lengths, now=now)
        found |= {
            "package": way.over,
            "state": STATES[choice.state],
            "words": package_words(choice),
            "back_at": choice.back_at,
            "loads": forecast.per_sender if forecast and len(forecast.per_sender) > 1 else [],
        }
    elif way.over is None:
        forecast = None
    elif way.direction is not None:
        forecast = forecast_over(way.numbers, count=count, lengths=lengths, now=now)
        found["state"] = effective(way.over).state
    else:
        choices = sender_choices(draft.business_id, count=count, lengths=lengths, now=now)
        mine = next((one for one in choices if one.sender.pk == draft.sender_id), None)
        forecast = mine.forecast if mine else None
        found |= {"state": mine.state if mine else effective(way.over).state, "why": _why(mine, choices)}
    if way.resolution is not None:
        found["explained"] = steps_say(way.resolution.steps, get_language() or "en")
    return {**found, **_when(forecast, shared=len(way.numbers) > 1), "qualities": qualities(way)}


@dataclass(frozen=True, slots=True)
class Quality:
    """A number that people block or report. ``word``: ``red`` or ``yellow``; ``said``: what it means and what to do."""

    sender: Sender
    word: str
    said: Wording


def qualities(way: Way) -> list[Quality]:
    """The numbers of a way that may send and whose quality the provider last rated as less than high, the worst first."""
    able = {
        one.pk: one for one in way.numbers if effective(one).state in (SenderState.READY, SenderState.RESTING)
    }
    rated = SenderHealth.objects.filter(sender_id__in=list(able), quality__in=list(_RATED))
    rows = rated.values_list("quality", "sender_id")
    language = get_language() or "en"
    found = [
        Quality(able[sender], _RATED[word], say(f"health_quality_{_RATED[word]}", language))
        for word, sender in rows
    ]
    return sorted(found, key=lambda one: (one.word != "red", one.sender.name))


def _when(forecast: Forecast | None, *, shared: bool) -> dict[str, Any]:
    if forecast is None:
        return {"finish_at": None, "takes": "", "paced": []}
    paced = [_wait_words(code, waiting, shared=shared) for code, waiting in forecast.waits if waiting > 0]
    takes = durations.about(forecast.seconds)
    return {"finish_at": forecast.finish_at, "takes": takes, "paced": paced}


def _why(mine: SenderChoice | None, choices: list[SenderChoice]) -> str:
    able = [one for one in choices if one.able]
    if mine is None or not mine.able:
        return ""
    if len(able) == 1:
        return _("It is your only number that can send now.")
    if able[0].sender.pk == mine.sender.pk:
        return _("Of your numbers it would be done first.")
    best = able[0]
    saved = durations.about(best.forecast.seconds if best.forecast else 0)
    return _("You chose it. %(other)s would need %(time)s.") % {
        "other": figures.isolated(best.sender.name),
        "time": saved,
    }


def left_out(draft: Draft, way: Way) -> list[str]:
    """Who will not get it, and why, with counts."""
    result = draft.check_result
    found: list[str] = []
    opted_out = int(result.get("opted_out", 0))
    if opted_out:
        found.append(
            ngettext(
                "%(n)s person asked for no more messages and will get none.",
                "%(n)s people asked for no more messages and will get none.",
                opted_out,
            )
            % {"n": figures.grouped(opted_out)}
        )
    if reads.needs_window(draft, way):
        shut = int(result["good"]) - int(result.get("windows_open", 0))
        if shut > 0:
            found.append(_shut_words(shut, shared=len(way.numbers) > 1))
        if way.carrier.templates_differ and way.over is not None:
            found.append(said_of("package_templates_differ", package=way.over.name))
    return found


def _shut_words(count: int, *, shared: bool) -> str:
    if shared:
        text = ngettext(
            "%(n)s person has written to none of these numbers in the last 24 hours and will get nothing. WhatsApp "
            "allows only a template there.",
            "%(n)s people have written to none of these numbers in the last 24 hours and will get nothing. WhatsApp "
            "allows only a template there.",
            count,
        )
    else:
        text = ngettext(
            "%(n)s person has not written to this number in the last 24 hours and will get nothing. WhatsApp "
            "allows only a template there.",
            "%(n)s people have not written to this number in the last 24 hours and will get nothing. WhatsApp "
            "allows only a template there.",
            count,
        )
    return text % {"n": figures.grouped(count)}


def _wait_words(code: str, count: int, *, shared: bool) -> str:
    if code == "pace_day" and shared:
        return ngettext(
            "%(n)s message waits for a later day: these numbers send only so many a day.",
            "%(n)s messages wait for a later day: these numbers send only so many a day.",
            count,
        ) % {"n": figures.grouped(count)}
    if code == "pace_day":
        return ngettext(
            "%(n)s message waits for a later day: this number sends only so many a day.",
            "%(n)s messages wait for a later day: this number sends only so many a day.",
            count,
        ) % {"n": figures.grouped(count)}
    if code == "portfolio_limit":
        return ngettext(
            "%(n)s message waits until WhatsApp lets you reach more people in 24 hours.",
            "%(n)s messages wait until WhatsApp lets you reach more people in 24 hours.",
            count,
        ) % {"n": figures.grouped(count)}
    if code == "outside_hours":
        return ngettext(
            "%(n)s message waits for the hours in which you send.",
            "%(n)s messages wait for the hours in which you send.",
            count,
        ) % {"n": figures.grouped(count)}
    return said_of(code)

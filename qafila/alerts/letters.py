"""Alerts by e-mail: each person hears of an alert once, and again only if it has grown worse; a storm is one line."""

from __future__ import annotations

import logging
import smtplib
from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from qafila.alerts.effects import effects_of, link_of
from qafila.alerts.models import Alert, Letter, Level, MailChoice, Notice
from qafila.alerts.queries import INSTALLATION, open_alerts, weight
from qafila.alerts.rules import mailing
from qafila.alerts.saying import says
from qafila.businesses.actor import Actor
from qafila.businesses.models import Business, Membership, User
from qafila.businesses.refusals import NotFound, Refused
from qafila.businesses.rules.scopes import ROLE_SCOPES, allows

log = logging.getLogger(__name__)

MOST_IN_A_LETTER = 50
_FAULTS = (OSError, smtplib.SMTPException)


def can_send() -> bool:
    """Whether an SMTP server is set up."""
    return bool(settings.ENV.email_host)


def choice_of(*, business: Business, user: User, role: str) -> MailChoice:
    """What a person chose; unsaved, with what is usual for their role, where they chose nothing."""
    found = MailChoice.objects.filter(business=business, user=user).first()
    return found or MailChoice(business=business, user=user, least=mailing.usual(role))


def choose(*, least: str, hourly: bool, actor: Actor, now: datetime) -> MailChoice:
    """A person says which alerts they want by e-mail, in their business.

    :param least: the mildest level, or ``none``.
    :raises NotFound: the actor is no person. :raises Refused: ``mail_level_unknown``.
    """
    del now
    if least not in (*mailing.LEVELS, mailing.NONE):
        raise Refused("mail_level_unknown", "There is no such level. Choose one of the list.")
    user = User.objects.filter(public_id=actor.id).first() if actor.kind == "user" else None
    if user is None:
        raise NotFound("person")
    made, _created = MailChoice.objects.update_or_create(
        business=actor.business, user=user, defaults={"least": least, "hourly": hourly}
    )
    return made


def write_due(*, now: datetime) -> int:
    """Writes a letter to everybody for whom there is something new; how many letters. Nothing without a mail server."""
    if not can_send():
        return 0
    told = Q(business__in=_businesses_with_news())
    if Alert.objects.filter(business=None, closed_at=None, deleted_at=None, read_at=None).exists():
        told |= Q(role__in=[role for role, scopes in ROLE_SCOPES.items() if allows(scopes, INSTALLATION)])
    people = Membership.objects.filter(told, user__is_active=True).select_related("user", "business")
    return sum(_write(one, now) for one in people.order_by("pk"))


def _businesses_with_news() -> set[int]:
    found = Alert.objects.filter(closed_at=None, deleted_at=None, read_at=None, business__isnull=False)
    return set(found.values_list("business_id", flat=True).distinct())


def _write(member: Membership, now: datetime) -> bool:
    business, user = member.business, member.user
    choice = choice_of(business=business, user=user, role=member.role)
    levels = mailing.levels_from(choice.least)
    if not levels or not allows(ROLE_SCOPES[member.role], "events:read"):
        return False
    if not mailing.is_time(hourly=choice.hourly, last_letter_at=choice.last_letter_at, now=now):
        return False
    shown = open_alerts(business.pk, installation=allows(ROLE_SCOPES[member.role], INSTALLATION), now=now)
    known = Notice.objects.filter(user=user, alert=OuterRef("pk"), level=OuterRef("level"))
    news = list(shown.filter(level__in=levels).exclude(Exists(known)))
    if not news:
        return False
    try:
        with transaction.atomic():
            letter = Letter.objects.create(business=business, user=user, created_at=now, due_at=now)
            Notice.objects.bulk_create(
                Notice(alert=alert, user=user, business=business, level=alert.level, letter=letter)
                for alert in news
            )
            MailChoice.objects.update_or_create(
                business=business,
                user=user,
                defaults={"last_letter_at": now},
                create_defaults={"least": choice.least, "last_letter_at": now},
            )
    except IntegrityError:
        return False  # another worker was first
    return True


def send_due(*, now: datetime) -> int:
    """Sends letters that are due; how many arrived at the mail server. One that fails waits longer each time."""
    sent = 0
    while (letter := _take(now)) is not None:
        sent += _send(letter, now)
    return sent


def _take(now: datetime) -> Letter | None:
    with transaction.atomic():
        due = Letter.objects.filter(due_at__lte=now).order_by("due_at", "pk")
        letter = due.select_for_update(no_key=True, skip_locked=True).select_related(None).first()
        if letter is None:
            return None
        letter.tries += 1
        letter.due_at = now + mailing.LEASE
        letter.save(update_fields=["tries", "due_at"])
    return letter


def _send(letter: Letter, now: datetime) -> bool:
    alerts = _still_open(letter)
    try:
        if alerts and letter.user.is_active:
            _worded(letter, alerts).send()
    except _FAULTS as exc:
        over = now - letter.created_at >= mailing.GIVE_UP_AFTER
        letter.due_at = None if over else now + mailing.wait_after(letter.tries)
        letter.given_up_at = now if over else None
        letter.trouble = type(exc).__name__
        letter.save(update_fields=["due_at", "given_up_at", "trouble"])
        log.warning(
            "an e-mail about alerts was not sent", extra={"letter": letter.pk, "cause": type(exc).__name__}
        )
        return False
    letter.due_at, letter.sent_at, letter.trouble = None, now, ""
    letter.save(update_fields=["due_at", "sent_at", "trouble"])
    return bool(alerts)


def _still_open(letter: Letter) -> list[Alert]:
    found = Alert.objects.filter(pk__in=letter.notices.values("alert"), closed_at=None, deleted_at=None)
    return list(found.annotate(weight=weight()).order_by("-weight", "-last_at"))


def _worded(letter: Letter, alerts: Sequence[Alert]) -> EmailMessage:
    """In the person's language and the business's time."""
    user, business = letter.user, letter.business
    language = user.language or business.language
    with translation.override(language), timezone.override(ZoneInfo(business.timezone)):
        first = says(alerts[0], language).sentence
        if len(alerts) == 1:
            subject = f"{business.name}: {first}"
        else:
            subject = ngettext("%(business)s: %(n)d alert", "%(business)s: %(n)d alerts", len(alerts)) % {
                "business": business.name,
                "n": len(alerts),
            }
        shown = alerts[:MOST_IN_A_LETTER]
        effects = effects_of(shown, business_id=business.pk, language=language)
        parts = [_part(alert, effects.get(alert.pk, ""), language) for alert in shown]
        if len(alerts) > MOST_IN_A_LETTER:
            parts.append(_("There are more on the page."))
        parts.append(_foot())
        return EmailMessage(" ".join(subject.split())[:200], "\n\n".join(parts), to=[user.email])


def _part(alert: Alert, effect: str, language: str) -> str:
    said = says(alert, language)
    levels = {Level.INFO: _("Notice"), Level.WARNING: _("Warning"), Level.CRITICAL: _("Urgent")}
    times = f" (×{alert.count})" if alert.count > 1 else ""
    since = date_format(timezone.localtime(alert.opened_at), "DATETIME_FORMAT")
    lines: Iterable[str] = (
        f"{levels[Level(alert.level)]}: {said.sentence}{times}",
        said.cause,
        _("Since %(moment)s") % {"moment": since},
        _("Effect: %(effect)s") % {"effect": effect} if effect else "",
        _("What to do: %(step)s") % {"step": said.step} if said.step else "",
        link_of(alert) if settings.ENV.public_url else "",
    )
    return "\n".join(line for line in lines if line)


def _foot() -> str:
    base = settings.ENV.public_url
    lines = [
        _("You get this e-mail because you chose so on the page of alerts. It is about each alert once.")
    ]
    if base:
        lines.append(f"{base}{reverse('alerts:list')}")
    return "\n".join(lines)


def last_letter(*, business: Business, user: User) -> Letter | None:
    """The newest letter to a person, so that a page can say whether it arrived."""
    return Letter.objects.filter(business=business, user=user).order_by("-pk").first()


def remove_old(*, before: datetime, limit: int) -> int:
    """Deletes letters from before that moment whose alerts are gone from the list, at most ``limit``; how many."""
    still = Notice.objects.filter(letter=OuterRef("pk"), alert__closed_at=None, alert__deleted_at=None)
    old = Letter.objects.filter(created_at__lt=before, due_at=None).exclude(Exists(still)).order_by("pk")
    return Letter.objects.filter(pk__in=old.values("pk")[:limit]).delete()[0]

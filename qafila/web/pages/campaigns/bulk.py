"""One verb on many contracts: each in a transaction of its own, so that one that refuses does not hold up the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import ngettext

from qafila.businesses.actor import Actor
from qafila.businesses.models import Business
from qafila.businesses.refusals import Clash, NotAllowed, NotFound, Refused
from qafila.campaigns import actions
from qafila.campaigns.models import Campaign
from qafila.web.lists.columns import Done
from qafila.web.lists.course import Course
from qafila.web.shell.doors import Current
from qafila.web.shell.saying import said_of

AT_ONCE = 25
"""More than this takes more than a moment, and is done by a job that tells how far it is."""


def start_one(*, business: Business, public_id: str, actor: Actor, now: datetime) -> None:
    """Starts one of those that were chosen. What is held is let go on from its own page only, which says why.

    :raises Clash: ``package_on_hold``, ``campaign_held_content``: it was held before, and still is.
    """
    started = actions.start_contract(business=business, public_id=public_id, actor=actor, now=now)
    if started.hold and not started.changed:
        raise Clash(started.hold.code, "It is on hold.", **started.hold.params)


def each(
    current: Current,
    rows: QuerySet[Campaign],
    verb: Callable[..., object],
    now: datetime,
    course: Course | None = None,
) -> Done:
    """Does it to each, and says what came of it.

    :param verb: an action of ``campaigns.actions`` on one contract by its public id.
    :param course: of a job; it may go on where another was broken off.
    :raises NotAllowed: the person lacks the right.
    """
    course, refused = course or Course(), Counter[str]()
    for pk, public_id in list(rows.order_by("pk").values_list("pk", "public_id")):
        try:
            with transaction.atomic():
                if not course.begins(pk):
                    continue
                verb(business=current.business, public_id=public_id, actor=current.actor, now=now)
                course.tell(1, 1)
            continue
        except NotAllowed:
            raise
        except NotFound:
            pass  # somebody else deleted it meanwhile
        except Refused as refusal:
            refused[
                said_of(refusal.code, **refusal.params)
                if refusal.code != "possible_duplicate"
                else said_of(refusal.code)
            ] += 1
        course.tell(1, 0)
    done = course.changed
    text = ngettext("Done with %(n)s contract.", "Done with %(n)s contracts.", done) % {"n": done}
    for sentence, count in refused.most_common(3):
        left = ngettext("%(n)s contract was left as it is:", "%(n)s contracts were left as they are:", count)
        text = f"{text} {left % {'n': count}} {sentence}"
    return Done(text, level="success" if done and not refused else "warning")

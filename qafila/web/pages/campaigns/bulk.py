"""One verb on many contracts: each in a transaction of its own, so that one that refuses does not hold up the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import ngettext

from qafila.businesses.refusals import NotAllowed, NotFound, Refused
from qafila.campaigns.models import Campaign
from qafila.web.lists.columns import Done
from qafila.web.shell.doors import Current
from qafila.web.shell.saying import said_of


def each(current: Current, rows: QuerySet[Campaign], verb: Callable[..., object], now: datetime) -> Done:
    """Does it to each, and says what came of it.

    :param verb: an action of ``campaigns.actions`` on one contract by its public id.
    :raises NotAllowed: the person lacks the right.
    """
    done, refused = 0, Counter[str]()
    for public_id in list(rows.order_by("pk").values_list("public_id", flat=True)):
        try:
            verb(business=current.business, public_id=public_id, actor=current.actor, now=now)
            done += 1
        except NotAllowed:
            raise
        except NotFound:
            continue  # somebody else deleted it meanwhile
        except Refused as refusal:
            refused[
                said_of(refusal.code, **refusal.params)
                if refusal.code != "possible_duplicate"
                else said_of(refusal.code)
            ] += 1
    text = ngettext("Done with %(n)s contract.", "Done with %(n)s contracts.", done) % {"n": done}
    for sentence, count in refused.most_common(3):
        left = ngettext("%(n)s contract was left as it is:", "%(n)s contracts were left as they are:", count)
        text = f"{text} {left % {'n': count}} {sentence}"
    return Done(text, level="success" if done and not refused else "warning")

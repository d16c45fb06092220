"""What rows for a contract that stands already have to bring, and how its rows came before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from qafila.campaigns.models import Addition, AdditionState, Campaign, Draft
from qafila.campaigns.rules.content import is_template
from qafila.campaigns.rules.drafting import Blocker
from qafila.campaigns.rules.templates import form_of
from qafila.ledger.models import Message
from qafila.senders.models import MessageTemplate

UNDER_WAY: Final = (AdditionState.WAITING, AdditionState.RUNNING)


def last_addition(campaign: Campaign) -> Addition | None:
    """The file whose rows are being added, or whose end was the last to come; None: there was none."""
    return campaign.additions.filter(business_id=campaign.business_id).order_by("-pk").first()


def is_adding(addition: Addition | None) -> bool:
    """Whether it is still under way."""
    return addition is not None and addition.state in UNDER_WAY


def takes_values(campaign: Campaign) -> bool:
    """Whether its rows fill the variables of its template themselves; else each row brings one text."""
    batch = campaign.batch
    if not is_template(batch.content):
        return False
    if "values" in campaign.import_options or campaign.import_options.get("params"):
        return True
    rows = Message.objects.filter(
        pk__range=(batch.first_id or 0, batch.last_id or 0), batch_id=batch.pk, contact_id__isnull=False
    )
    first = rows.order_by("pk").values_list("params", flat=True).first()
    return first is not None


def kinds_of(campaign: Campaign) -> tuple[str, ...]:
    """The kinds of ``Draft.content`` that fit a contract."""
    return ("template",) if takes_values(campaign) else ("column", "text")


def content_like(campaign: Campaign, accounts: frozenset[int], guessed: dict[str, Any]) -> dict[str, Any]:
    """What a new draft for a contract sends: as the rows before, where that is known.

    :param accounts: row ids of the provider accounts of its numbers. :param guessed: from the file alone.
    """
    options, content = campaign.import_options, campaign.batch.content
    if takes_values(campaign):
        found = MessageTemplate.objects.filter(
            provider_account_id__in=accounts, name=content["name"], language=content["language"]
        )
        template = found.order_by("-can_send", "pk").first()
        values = options.get("values") or []
        named = isinstance(values, Mapping)
        texts = dict(values) if named else {str(at): text for at, text in enumerate(values, start=1)}
        return {
            "kind": "template",
            "template": str(template.public_id) if template else "",
            "named": named or bool(template and template.parameter_format == "NAMED"),
            "values": {**texts, **(options.get("more") or {})},
        }
    if "text" in options:
        return {"kind": "text", "text": options["text"]}
    return guessed if guessed["kind"] in ("column", "text") else {"kind": "column"}


def other_content(draft: Draft, template: MessageTemplate | None) -> list[Blocker]:
    """What keeps a draft's rows out of its contract: they would go out in another way than the contract's rows do."""
    campaign = draft.adds_to
    if campaign is None or draft.content.get("kind") not in kinds_of(campaign):
        return [Blocker("rows_other_content", "map")]
    if template is None:  # none is asked for, or it is missing, which is said already
        return []
    content = campaign.batch.content
    form = form_of(template.components, template.parameter_format)
    same = (template.name, template.language) == (content["name"], content["language"])
    if same and [slot.component() for slot in form.slots] == list(content.get("components") or ()):
        return []
    return [Blocker("rows_other_content", "map")]

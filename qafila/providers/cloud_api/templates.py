"""Templates of an account: read, handed in, changed, deleted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from qafila.providers.cloud_api.graph import Graph, must_succeed
from qafila.providers.interface import Credentials
from qafila.providers.management import NewTemplate, TemplateInfo
from qafila.providers.reading import member, words

FIELDS = "id,name,language,status,category,quality_score,parameter_format,components,rejected_reason"
PAGE = 50


class Templates(Graph):
    """The part of the provider that is about templates."""

    async def list_templates(self, to: Credentials) -> list[TemplateInfo]:
        """All of the account's, in every language. Raises :class:`ProviderError`."""
        query = {"fields": FIELDS, "limit": str(PAGE)}
        return [
            found
            async for row in self._pages(to, to.account_ref, "message_templates", query=query)
            if (found := _template(row)).name and found.language
        ]

    async def template_info(self, to: Credentials, ref: str) -> TemplateInfo:
        """One template. Raises :class:`ProviderError`."""
        return _template(await self._node(to, ref, FIELDS))

    async def create_template(self, to: Credentials, template: NewTemplate) -> TemplateInfo:
        """Hands one in for review; Meta may change its category. Raises :class:`ProviderError` (CONTENT)."""
        asked: dict[str, Any] = {
            "name": template.name,
            "language": template.language,
            "category": template.category,
            "components": list(template.components),
        }
        if template.named:
            asked["parameter_format"] = "NAMED"
        found = await self._post(to, to.account_ref, "message_templates", body=asked)
        return TemplateInfo(
            ref=words(found.get("id")),
            name=template.name,
            language=template.language,
            status=words(found.get("status")) or "PENDING",
            category=words(found.get("category")) or template.category,
            parameter_format="NAMED" if template.named else "POSITIONAL",
            components=list(template.components),
        )

    async def edit_template(
        self,
        to: Credentials,
        ref: str,
        *,
        components: Sequence[Mapping[str, Any]] | None = None,
        category: str | None = None,
    ) -> None:
        """Changes one; it is reviewed again. Raises :class:`ProviderError`."""
        asked: dict[str, Any] = {}
        if components is not None:
            asked["components"] = list(components)
        if category is not None:
            asked["category"] = category
        await self._confirmed(to, ref, body=asked)

    async def delete_template(self, to: Credentials, name: str, *, ref: str | None = None) -> None:
        """Deletes every language of a name, or with ``ref`` only that one. Raises :class:`ProviderError`."""
        query = {"name": name, **({"hsm_id": ref} if ref else {})}
        must_succeed(await self._delete(to, to.account_ref, "message_templates", query=query))


def _template(row: Mapping[str, Any]) -> TemplateInfo:
    components = row.get("components")
    reason = words(row.get("rejected_reason"))
    return TemplateInfo(
        ref=words(row.get("id")),
        name=words(row.get("name")),
        language=words(row.get("language")),
        status=words(row.get("status")),
        category=words(row.get("category")),
        quality=words(member(row, "quality_score", "score")),
        parameter_format=words(row.get("parameter_format")) or "POSITIONAL",
        components=[one for one in components if isinstance(one, dict)]
        if isinstance(components, list)
        else [],
        reason="" if reason == "NONE" else reason,
    )

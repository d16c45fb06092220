"""All records of the world by id, and the one way to change them (so that a change can be replayed)."""

import hashlib
from collections.abc import Mapping
from copy import copy
from typing import Any

from wa_sandbox.checked import BadInput, build, check, given_fields
from wa_sandbox.world.records import App, PhoneNumber, Portfolio, Template, Token, Waba

KINDS: dict[str, type[Any]] = {
    "portfolios": Portfolio,
    "wabas": Waba,
    "phone_numbers": PhoneNumber,
    "tokens": Token,
    "templates": Template,
}


class World:
    """Portfolios, accounts, numbers, tokens and templates, each in a dict by id, and the app."""

    def __init__(self, app: App, records: Mapping[str, list[dict[str, Any]]]) -> None:
        self.app = app
        self.portfolios: dict[str, Portfolio] = {}
        self.wabas: dict[str, Waba] = {}
        self.phone_numbers: dict[str, PhoneNumber] = {}
        self.tokens: dict[str, Token] = {}
        self.templates: dict[str, Template] = {}
        # Business number → people it blocked → since when; deleted templates → when.
        self.block_lists: dict[str, dict[str, float]] = {}
        self.deleted_templates: dict[tuple[str, str, str], float] = {}
        self._templates_by_name: dict[tuple[str, str], dict[str, Template]] = {}
        for kind in KINDS:
            for data in records.get(kind, []):
                self.put(kind, dict(data))

    def put(self, kind: str, data: dict[str, Any]) -> Any:
        """Add a record, or change the given fields of the one with that id. Returns it. Raises BadInput."""
        cls = KINDS[kind]
        table: dict[str, Any] = getattr(self, kind)
        data = {**data, "id": str(data.get("id") or self._free_id(kind, data))}
        before = table.get(data["id"])
        if before is not None:
            check(cls, data, f"{kind} {_shown(kind, data['id'])}")
            data = {**given_fields(before), **data}
        record = build(cls, data, f"{kind} {_shown(kind, data['id'])}")
        self._check_parents(record)
        table[data["id"]] = record
        if kind == "templates":
            self._index_templates()
        return record

    def copy_of(self, data: Mapping[str, Any]) -> Any:
        """The record a change is about, as it is now; None when it is new."""
        record_id = data.get("id") or data.get("record", {}).get("id")
        record = getattr(self, data["kind"]).get(str(record_id)) if data["kind"] in KINDS else None
        return copy(record)

    def set_block_list(
        self, number_id: str, add: list[str], remove: list[str], at: float
    ) -> dict[str, float]:
        """Block people for a number of the business, or unblock them. Returns the list."""
        blocked = self.block_lists.setdefault(number_id, {})
        for wa_id in add:
            blocked[wa_id] = at
        for wa_id in remove:
            blocked.pop(wa_id, None)
        return blocked

    def remove(self, kind: str, record_id: str, at: float | None = None) -> bool:
        """Take a record away. False if there was none. Raises BadInput while others belong to it.

        `at`: a template was deleted through Graph at this time; its name cannot be used again for a while.
        """
        children = {"portfolios": ("wabas", "portfolio_id"), "wabas": ("phone_numbers", "waba_id")}.get(kind)
        if children is not None:
            table, parent = children
            if any(getattr(child, parent) == record_id for child in getattr(self, table).values()):
                raise BadInput(f"{kind} {record_id} still has {table}: remove those first.")
        gone = getattr(self, kind).pop(record_id, None)
        if kind == "templates":
            self._index_templates()
            if gone is not None and at is not None:
                self.deleted_templates[(gone.waba_id, gone.name, gone.language)] = at
        return gone is not None

    def template(self, waba_id: str, name: str, language: str) -> Template | None:
        """The template of that name and language, or None."""
        return self._templates_by_name.get((waba_id, name), {}).get(language)

    def portfolio_of(self, waba_id: str) -> Portfolio:
        """The portfolio an account belongs to."""
        return self.portfolios[self.wabas[waba_id].portfolio_id]

    def webhook_url(self, number: PhoneNumber) -> str | None:
        """Where webhooks of a number go: its own override, its account's, else the app's."""
        waba = self.wabas[number.waba_id]
        if not waba.subscribed:
            return None
        return number.override_callback_uri or waba.override_callback_uri or self.app.webhook_url

    def as_json(self) -> dict[str, list[dict[str, Any]]]:
        """Every record, in the shape of the configuration file."""
        return {kind: [given_fields(record) for record in getattr(self, kind).values()] for kind in KINDS}

    def _check_parents(self, record: Any) -> None:
        portfolio_id = getattr(record, "portfolio_id", None)
        if portfolio_id is not None and portfolio_id not in self.portfolios:
            raise BadInput(f"There is no portfolio {portfolio_id}: add it first.")
        waba_id = getattr(record, "waba_id", None)
        if waba_id is not None and waba_id not in self.wabas:
            raise BadInput(f"There is no account (WABA) {waba_id}: add it first.")
        if isinstance(record, PhoneNumber) and not record.digits:
            raise BadInput("display_phone_number must contain digits.")

    def _free_id(self, kind: str, data: Mapping[str, Any]) -> str:
        # Derived from what is there, so that replaying the same changes gives the same ids.
        salt = f"{kind}:{len(getattr(self, kind))}:{data.get('name')}:{data.get('language')}"
        while True:
            number = str(
                10**14 + int.from_bytes(hashlib.blake2b(salt.encode(), digest_size=6).digest(), "big")
            )
            if number not in getattr(self, kind):
                return number
            salt += "+"

    def _index_templates(self) -> None:
        self._templates_by_name = {}
        for template in self.templates.values():
            by_language = self._templates_by_name.setdefault((template.waba_id, template.name), {})
            by_language[template.language] = template


def _shown(kind: str, record_id: str) -> str:
    return "…" if kind == "tokens" else record_id

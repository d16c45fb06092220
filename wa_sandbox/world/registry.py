"""All records of the world by id, and the one way to change them (so that a change can be replayed)."""

import hashlib
from collections.abc import Mapping
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

    def remove(self, kind: str, record_id: str) -> bool:
        """Take a record away. False if there was none. Raises BadInput while others belong to it."""
        children = {"portfolios": ("wabas", "portfolio_id"), "wabas": ("phone_numbers", "waba_id")}.get(kind)
        if children is not None:
            table, parent = children
            if any(getattr(child, parent) == record_id for child in getattr(self, table).values()):
                raise BadInput(f"{kind} {record_id} still has {table}: remove those first.")
        gone = getattr(self, kind).pop(record_id, None)
        if kind == "templates":
            self._index_templates()
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

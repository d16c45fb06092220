"""Contracts: what is posted, what is answered."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import ConfigDict, Field

from qafila.api.shapes.strict import Flag, Given, Id, Moment, Name, Text

StatusWord = Literal["PENDING", "IN_PROGRESS", "PAUSED", "COMPLETED", "FAILED"]

RECIPIENT = {
    "type": "object",
    "required": ["phoneNumber"],
    "additionalProperties": False,
    "properties": {
        "phoneNumber": {
            "type": "string",
            "description": "International, with or without `+`.",
            "maxLength": 200,
        },
        "message": {"type": "string", "description": "At most 4,096 characters.", "maxLength": 4096},
        "name": {"type": "string", "description": "Kept with a new contact.", "maxLength": 200},
        "params": {
            "description": "Values of the template's variables for this recipient, instead of the message: a list for "
            "numbered variables, an object for named ones; `[]` where the contract names a template without variables.",
            "anyOf": [
                {"type": "array", "items": {"type": "string"}},
                {"type": "object", "additionalProperties": {"type": "string"}},
            ],
        },
        "components": {
            "description": "Header and buttons of the template for this recipient, in WhatsApp's shape, instead of those "
            "of the contract.",
            "type": "array",
            "items": {"type": "object"},
        },
    },
}


class TemplateChoice(Given):
    """An approved template that carries the messages."""

    name: Text = Field(examples=["order_update"])
    language: Text = Field(examples=["en"])
    variable: Text | None = Field(None, description="Name of its one variable; null: a numbered one.")


class ContractTemplate(TemplateChoice):
    """The template that a contract names."""

    components: list[dict[str, Any]] | None = Field(
        None,
        description="What the template asks for outside its body (a file or a variable in the header, the end of a "
        "button's link), in WhatsApp's shape, the same for all recipients. Values of the body do not belong here.",
        examples=[
            [
                {
                    "type": "header",
                    "parameters": [{"type": "image", "image": {"link": "https://example.com/eid.jpg"}}],
                }
            ]
        ],
    )


class NewContract(Given):
    """A batch of messages from one account, or from the numbers of a package."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "accountId": "5f0c1a52-7d0e-4c0b-9a53-0d7b6b1f1f10",
                "name": "March offer",
                "recipients": [
                    {"phoneNumber": "79991234567", "message": "Здравствуйте, Анна! Ваш заказ готов."},
                    {"phoneNumber": "972502345678", "message": "שלום דנה, ההזמנה שלך מוכנה."},
                ],
            }
        }
    )
    accountId: Id | None = Field(None, description="The account that sends; or `packageId`.")
    packageId: Id | None = Field(
        None, description="The package whose numbers share it, instead of `accountId`."
    )
    directionId: Id | None = Field(
        None, description="The direction whose number sends, instead of both: its own, else the default one."
    )
    name: Name
    recipients: Annotated[
        list[Any], Field(json_schema_extra={"items": RECIPIENT}, description="1 to 200,000 rows.")
    ]
    template: ContractTemplate | None = Field(
        None, description="Instead of the account's default template (official numbers)."
    )
    strict: Flag = Field(False, description="Take all rows or none.")


class NewRecipients(Given):
    """More rows for a contract that stands already."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"recipients": [{"phoneNumber": "79991234568", "message": "Здравствуйте, Олег!"}]}
        }
    )
    recipients: Annotated[
        list[Any], Field(json_schema_extra={"items": RECIPIENT}, description="1 to 200,000 rows.")
    ]
    strict: Flag = Field(False, description="Take all rows or none.")


class MovedContract(Given):
    """Who takes from now on what still waits: exactly one of the two."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"packageId": "0b6b3c9e-6d0f-4a7e-9b53-2f1d9c0a7e11"}},
        extra="forbid",
        strict=True,
    )
    accountId: Id | None = None
    packageId: Id | None = None


class StartOptions(Given):
    """What a start may say."""

    confirmDuplicate: Flag = Field(
        False, description="It is meant, although the same contract was posted within 24 hours."
    )


class StartOrPlan(StartOptions):
    """What a start may say, and when it is to be."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"at": "2026-12-01T09:00:00+02:00"}}, extra="forbid", strict=True
    )
    at: Moment | None = Field(
        None,
        description="It begins by itself at this moment, within a year from now, instead of at once. null: a moment that was set is "
        "taken back, and nothing is started.",
    )


class RejectedRow(Schema):
    """A row that is in the books as skipped, and why."""

    row: int
    phoneNumber: str
    code: str
    message: str
    field: str | None = None


class Warning_(Schema):
    """Something that the caller should know."""

    code: str
    message: str
    cause: str = ""
    step: str = ""
    count: int | None = None
    rows: list[list[int]] | None = Field(
        None, description="Examples: the row, and the earlier row of the same number."
    )


class ContractBrief(Schema):
    """The three fields of the user's own answer."""

    id: str = Field(examples=["contract_3fKq2rT9QxYw3ZpB7sLdVm"])
    totalCount: int
    status: StatusWord


class CreatedContract(ContractBrief):
    """A new contract. Nothing is sent before it is started."""

    accepted: int
    rejected: list[RejectedRow]
    warnings: list[Warning_]
    possibleDuplicateOf: str | None = Field(
        None, description="An earlier contract of the last 24 hours with the same rows."
    )
    closedWindows: int = Field(0, description="Accepted recipients that cannot get free text now.")
    directionId: str | None = None
    explanation: list[str] = Field([], description="Why this number, where a direction chose it.")


class AddedRows(ContractBrief):
    """A contract after rows were added. `totalCount` counts all its rows, the new ones among them."""

    firstRow: int = Field(description="The number of the first of these rows in the contract.")
    accepted: int
    rejected: list[RejectedRow] = Field(description="`row` is the number in the contract.")
    warnings: list[Warning_]
    closedWindows: int = Field(0, description="Recipients that wait and cannot get free text now.")


class States(Schema):
    """The true states of the messages; they add up to the total."""

    queued: int
    sending: int
    uncertain: int
    sent: int
    delivered: int
    read: int
    failed: int
    skipped: int
    cancelled: int


class Reason(Schema):
    code: str
    message: str


class ImportProgress(Schema):
    """How far the reading of an uploaded file is."""

    state: Literal["waiting", "running", "finished", "failed"]
    rowsRead: int
    total: int


class ContractAnswer(ContractBrief):
    """A contract as it stands."""

    name: str
    accountId: str | None = Field(description="null: the numbers of a package share it.")
    packageId: str | None = None
    createdAt: str
    startedAt: str | None
    finishedAt: str | None
    startAt: str | None = Field(None, description="When it begins by itself; null: it is started, or was.")
    success: int
    failed: int
    successRate: str
    states: States
    holdReason: Reason | None = Field(
        None, description="Why the engine holds it, or why its file could not be read."
    )
    possibleDuplicateOf: str | None = None
    warnings: list[Warning_] = []
    import_: ImportProgress | None = Field(None, serialization_alias="import")
    startsAfterImport: bool = False
    failedClearedAt: str | None = None
    archivedAt: str | None = Field(
        None, description="Since when it stands in the archive of the pages; null: it does not."
    )
    directionId: str | None = None
    explanation: list[str] = Field([], description="Why this number, where a direction chose it.")


class ContractList(Schema):
    contracts: list[ContractAnswer]
    nextAfter: str | None = Field(
        None, description="Pass it as `after` for the next page; null: this is the last."
    )


class ContractStatus(Schema):
    id: str
    status: StatusWord


class StartedContract(ContractStatus):
    closedWindows: int = Field(
        0, description="Queued recipients that cannot get free text now: they will be skipped."
    )
    startsAfterImport: bool = False
    startAt: str | None = Field(None, description="When it begins by itself, where that was set.")
    warnings: list[Warning_] = []
    accountId: str | None = Field(None, description="The account that sends it.")
    packageId: str | None = None
    directionId: str | None = None
    explanation: list[str] = Field(
        [], description="Why this account, where a direction chose it: looked for again at the first start."
    )


class MovedAnswer(ContractStatus):
    accountId: str | None
    packageId: str | None
    closedWindows: int = Field(
        0, description="Queued recipients that cannot get free text over the new numbers now."
    )
    warnings: list[Warning_] = []


class ArchivedContract(ContractStatus):
    archivedAt: str | None = Field(description="Since when it stands in the archive; null: it does not.")


class DeletedContract(ContractStatus):
    """``status`` is the one in which it was left."""

    deleted: bool = True


class RetriedContract(ContractStatus):
    retried: int


class ClearedContract(ContractStatus):
    cleared: int


class UploadedContract(ContractBrief):
    """A contract whose file is being read."""

    possibleDuplicateOf: str | None = None
    import_: ImportProgress = Field(serialization_alias="import")


class SentNumber(Schema):
    phoneNumber: str
    sentAt: str | None
    state: str


class FailedNumber(Schema):
    phoneNumber: str
    errorMessage: str
    attempts: int
    state: str
    reason: str | None
    row: int | None


class ContractStats(Schema):
    """The results. Streamed whole without ``limit``; with it, a page of both lists together."""

    status: StatusWord
    total: int
    success: int
    failed: int
    successRate: str = Field(examples=["95.00%"])
    successPhoneNumbers: list[SentNumber]
    failedPhoneNumbers: list[FailedNumber]
    states: States
    failedClearedAt: str | None = None
    nextAfter: str | None = None


class RejectedRows(Schema):
    rejected: list[RejectedRow]
    nextAfter: str | None = None


class Share(Schema):
    account: str
    messages: int


class Wait(Schema):
    code: str
    message: str
    count: int


class ForecastAnswer(Schema):
    """When it would be done if it started now."""

    finishAt: str | None = Field(description="null: no account may send.")
    seconds: float
    perAccount: list[Share]
    waits: list[Wait]
    warnings: list[Warning_] = Field(description="What to know of its texts before it starts.")

"""A file becomes a draft, is checked without a trace in the ledger, is mended, and becomes a contract of exactly its rows."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import openpyxl
import pytest

from qafila.businesses.actor import Actor
from qafila.businesses.models import Business
from qafila.businesses.refusals import Clash, NotAllowed, NotFound, Refused
from qafila.campaigns import checking, incoming, inspecting, jobs, queries
from qafila.campaigns.actions import draft_start, drafts
from qafila.campaigns.importing import Import
from qafila.campaigns.models import IS_TEST, Campaign, CheckState, Draft
from qafila.campaigns.queries import drafts as reads
from qafila.campaigns.rules.statuses import Status
from qafila.campaigns.ways import way_of
from qafila.kit.tables import write_xlsx
from qafila.ledger import queries as ledger
from qafila.ledger.models import Batch, Message
from qafila.ledger.states import BatchState
from qafila.senders.models import MessageTemplate, Sender

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
Make = Callable[..., Draft]


def sheet(rows: list[list[object]]) -> bytes:
    out = io.BytesIO()
    write_xlsx([str(cell) for cell in rows[0]], rows[1:], out, rtl=False)
    return out.getvalue()


PEOPLE = [
    ["Name", "Phone", "City"],
    ["Anna", "+79991234567", "Haifa"],
    ["", "+79991234568", "Haifa"],
    ["Boris", "12", "Haifa"],
    ["Dana", "+972502345678", ""],
    ["Anna", "+79991234567", "Haifa"],
    ["Fatma", "01012345678", "#REF!"],
]


@pytest.fixture
def draft(business: Business, owner_actor: Actor, phone_linked_sender: Sender) -> Make:
    """A draft from a file's content or from rows (then an XLSX)."""

    def make(content: str | bytes | list[list[object]], *, file_name: str = "people.xlsx") -> Draft:
        raw = (
            sheet(content)
            if isinstance(content, list)
            else content.encode()
            if isinstance(content, str)
            else content
        )
        return drafts.create_draft(
            business=business,
            file=incoming.store(iter([raw])),
            file_name=file_name,
            file_size=len(raw),
            actor=owner_actor,
            now=NOW,
        )

    return make


@pytest.fixture
def act(business: Business, owner_actor: Actor) -> Callable[..., Draft]:
    """``act(draft, content=…)``: changes a draft and checks it."""

    def configure(one: Draft, **given: Any) -> Draft:
        changed = drafts.configure_draft(
            business=business, public_id=one.public_id, actor=owner_actor, now=NOW, **given
        )
        drafts.begin_check(changed, now=NOW)
        return changed

    return configure


def figures(one: Draft) -> tuple[int, int, int, int]:
    result = one.check_result
    return result["good"], result["mended"], result["refused"], result["repeated"]


HELLO = {"kind": "text", "text": "Hello {{name|friend}} of {{City}}"}


def test_the_check_says_what_would_become_of_each_row_and_writes_nothing(
    draft: Make, act: Callable[..., Draft]
) -> None:
    one = act(draft(PEOPLE), content=HELLO)
    assert one.check_state == CheckState.DONE
    assert figures(one) == (2, 0, 3, 1)
    reasons = {each["code"]: (each["count"], each["words"]) for each in one.check_result["reasons"]}
    assert reasons.keys() == {"phone.too_short", "field_missing", "sheet_error"}
    assert reasons["field_missing"] == (1, {"field": "City"})
    blamed = {row["row"]: row["column"] for row in one.check_result["refused_rows"]}
    assert blamed == {4: 1, 5: 2, 7: 2}
    texts = [one["body"] for one in one.check_result["anybody"]]
    assert texts == ["Hello Anna of Haifa", "Hello friend of Haifa"]
    assert not (Batch.objects.exists() or Message.objects.exists() or Campaign.objects.exists())


def test_cells_are_mended_in_place(
    draft: Make, act: Callable[..., Draft], business: Business, owner_actor: Actor
) -> None:
    one = act(draft(PEOPLE), content=HELLO)
    mended = drafts.mend_cells(
        business=business,
        public_id=one.public_id,
        cells={4: {1: "+79991230000"}, 5: {2: "Tel Aviv"}},
        actor=owner_actor,
        now=NOW,
    )
    drafts.begin_check(mended, now=NOW)
    assert figures(mended) == (4, 2, 1, 1)
    assert mended.version == one.version + 1


def test_what_does_not_matter_to_the_rows_keeps_the_check(draft: Make, act: Callable[..., Draft]) -> None:
    one = act(draft(PEOPLE), content=HELLO)
    named = act(one, name="Spring")
    assert (named.version, named.check_state) == (one.version, CheckState.DONE)


def start(one: Draft, business: Business, actor: Actor, **given: Any) -> Campaign:
    return draft_start.start_draft(
        business=business, public_id=one.public_id, name="Spring", actor=actor, now=NOW, **given
    )


def run_import(campaign: Campaign) -> None:
    with Import(campaign.pk) as reading:
        assert reading.begin(now=NOW)
        while reading.step(now=NOW):
            pass


def test_it_becomes_a_contract_of_exactly_its_rows(
    draft: Make, act: Callable[..., Draft], business: Business, owner_actor: Actor
) -> None:
    one = act(draft(PEOPLE), content=HELLO)
    campaign = start(one, business, owner_actor)
    assert (campaign.total_count, ledger.counts(campaign.batch_id).total) == (6, 0)
    assert draft_start.begin_due(now=NOW + timedelta(seconds=4)) == 0
    assert draft_start.begin_due(now=NOW + timedelta(seconds=5)) == 1
    run_import(campaign)
    rows = [(m.row_number, m.state.word, m.reason, m.body) for m in ledger.messages(campaign.batch_id)]
    assert rows == [
        (2, "queued", None, "Hello Anna of Haifa"),
        (3, "queued", None, "Hello friend of Haifa"),
        (4, "skipped", "phone.too_short", rows[2][3]),
        (5, "skipped", "field_missing", rows[3][3]),
        (6, "skipped", "duplicate", "Hello Anna of Haifa"),
        (7, "skipped", "sheet_error", rows[5][3]),
    ]
    counts = ledger.counts(campaign.batch_id)
    good, _, refused, repeated = figures(one)
    assert (counts.queued, counts.skipped) == (good, refused + repeated)
    contract = queries.contract(business.pk, campaign.public_id, now=NOW)
    assert contract is not None
    assert contract.status is Status.IN_PROGRESS


def test_each_number_once_if_so_wanted(
    draft: Make, act: Callable[..., Draft], business: Business, owner_actor: Actor
) -> None:
    content = "phone;message\n+79991234567;one\n+79991234567;two\n+79991234568;one\n"
    one = act(draft(content), duplicates="number")
    assert figures(one) == (2, 0, 0, 1)
    campaign = start(one, business, owner_actor)
    draft_start.begin_due(now=NOW + timedelta(seconds=6))
    run_import(campaign)
    assert [m.reason for m in ledger.messages(campaign.batch_id)] == [None, "duplicate", None]


def test_the_start_can_be_taken_back_for_five_seconds(
    draft: Make, act: Callable[..., Draft], business: Business, owner_actor: Actor
) -> None:
    one = act(draft(PEOPLE), content=HELLO)
    campaign = start(one, business, owner_actor)
    late = NOW + timedelta(seconds=5)
    with pytest.raises(Clash, match="begun"):
        draft_start.undo_start(business=business, public_id=one.public_id, actor=owner_actor, now=late)
    back = draft_start.undo_start(
        business=business, public_id=one.public_id, actor=owner_actor, now=late - timedelta(milliseconds=1)
    )
    assert back.campaign is None
    assert draft_start.begin_due(now=late) == 0
    campaign.batch.refresh_from_db()
    assert campaign.batch.state == BatchState.CANCELLED
    assert reads.draft(business.pk, one.public_id) is not None
    again = start(
        back, business, owner_actor
    )  # and it may be started again, without being taken for a second one
    assert again.possible_duplicate_of is None


def test_the_same_file_twice_has_to_be_meant(
    draft: Make, act: Callable[..., Draft], business: Business, owner_actor: Actor
) -> None:
    file = sheet(
        PEOPLE
    )  # a workbook holds the second in which it was written: two of the same rows are two files
    first = start(act(draft(file), content=HELLO), business, owner_actor)
    second = act(draft(file), content=HELLO)
    with pytest.raises(Clash) as caught:
        start(second, business, owner_actor)
    assert (caught.value.code, caught.value.params["other"]) == ("possible_duplicate", first.public_id)
    assert start(second, business, owner_actor, confirm=True).possible_duplicate_of == first


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ({"kind": "column"}, "no_message_column"),
        ({"kind": "text", "text": "  "}, "text_empty"),
        ({"kind": "text", "text": "Hi {{surname}}"}, "field_unknown"),
        ({"kind": "text", "text": "Hi {{name"}, "field_braces"),
        ({"kind": "text", "text": "x" * 9_000}, "text_too_long"),
        ({"kind": "template", "template": "nonsense"}, "template_missing"),
    ],
)
def test_what_stands_in_the_way_is_named(
    content: dict[str, Any],
    code: str,
    draft: Make,
    act: Callable[..., Draft],
    business: Business,
    owner_actor: Actor,
) -> None:
    one = act(draft(PEOPLE), content=content)
    assert reads.blockers(one, way_of(one, now=NOW))[0].code == code
    with pytest.raises(Clash) as caught:
        start(one, business, owner_actor)
    assert caught.value.code == code
    assert not Campaign.objects.exists()


def test_nobody_to_send_to(draft: Make, act: Callable[..., Draft]) -> None:
    one = act(draft("phone;message\n12;x\n"))
    assert [blocker.code for blocker in reads.blockers(one, way_of(one, now=NOW))] == ["audience_empty"]


@pytest.mark.parametrize(
    ("state", "code"), [("paused", "sender_paused"), ("stopped", "sender_stopped"), ("ready", "")]
)
def test_a_sender_that_cannot_send(
    state: str, code: str, draft: Make, act: Callable[..., Draft], phone_linked_sender: Sender
) -> None:
    one = draft("phone;message\n+79991234567;x\n")
    Sender.objects.filter(pk=phone_linked_sender.pk).update(state=state)
    act(one)
    fresh = reads.draft(one.business_id, one.public_id)
    assert fresh is not None
    assert [blocker.code for blocker in reads.blockers(fresh, way_of(fresh, now=NOW))] == (
        [code] if code else []
    )


def test_free_text_over_an_official_number_reaches_only_open_windows(
    draft: Make, act: Callable[..., Draft], sender: Sender, business: Business
) -> None:
    from qafila.contacts.actions import ensure_phones
    from qafila.ledger.models import Window

    one = draft("phone;message\n+79991234567;x\n+79991234568;x\n")
    one = act(one, sender=sender)
    assert [blocker.code for blocker in reads.blockers(one, way_of(one, now=NOW))] == [
        "audience_out_of_reach"
    ]
    contact = ensure_phones(business_id=business.pk, numbers=["79991234567"], names={}, now=NOW)[
        "79991234567"
    ]
    Window.objects.create(
        sender_id=sender.pk, contact_id=contact, business_id=business.pk, last_inbound_at=NOW
    )
    one = act(one, duplicates="number")
    assert (reads.blockers(one, way_of(one, now=NOW)), reads.will_be_sent(one, way_of(one, now=NOW))) == (
        [],
        1,
    )


@pytest.fixture
def template(sender: Sender) -> MessageTemplate:
    return MessageTemplate.objects.create(
        provider_account=sender.provider_account,
        name="order_ready",
        language="en",
        status="APPROVED",
        can_send=True,
        components=[{"type": "BODY", "text": "Hello {{1}}, order {{2}} is ready."}],
    )


def test_a_template_is_filled_from_the_rows(
    draft: Make,
    act: Callable[..., Draft],
    sender: Sender,
    template: MessageTemplate,
    business: Business,
    owner_actor: Actor,
) -> None:
    values = {"1": "{{name|friend}}", "2": "{{City}}\nof yours"}
    content = {"kind": "template", "template": str(template.public_id), "values": values}
    one = act(draft(PEOPLE), sender=sender, content=content)
    assert (reads.blockers(one, way_of(one, now=NOW)), figures(one)) == ([], (2, 0, 3, 1))
    assert one.check_result["flattened"] == 2
    campaign = start(one, business, owner_actor)
    assert campaign.batch.content == {
        "kind": "template",
        "name": "order_ready",
        "language": "en",
        "variable": None,
    }
    draft_start.begin_due(now=NOW + timedelta(seconds=6))
    run_import(campaign)
    first = next(iter(ledger.messages(campaign.batch_id)))
    assert first.params == ["Anna", "Haifa\nof yours"]


def test_a_template_that_is_not_approved_stops_the_start(
    draft: Make, act: Callable[..., Draft], sender: Sender, template: MessageTemplate
) -> None:
    MessageTemplate.objects.update(status="REJECTED", can_send=False)
    values = {"1": "x", "2": ""}
    content = {"kind": "template", "template": str(template.public_id), "values": values}
    one = act(draft(PEOPLE), sender=sender, content=content)
    assert [blocker.code for blocker in reads.blockers(one, way_of(one, now=NOW))][:2] == [
        "variable_empty",
        "template_rejected",
    ]


def test_the_refused_rows_come_back_with_their_reasons_and_can_be_uploaded_again(
    draft: Make, act: Callable[..., Draft]
) -> None:
    one = act(draft(PEOPLE), content=HELLO)
    refused = [(read.recipient.row, code, list(read.values)) for read, code in checking.refused_rows(one)]
    assert [(row, code) for row, code, _ in refused] == [
        (4, "phone.too_short"),
        (5, "field_missing"),
        (6, "repeated_row"),
        (7, "sheet_error"),
    ]
    assert refused[0][2] == ["Boris", "12", "Haifa"]
    assert openpyxl is not None


def test_a_sheet_is_chosen_and_what_was_guessed_is_guessed_again(
    draft: Make, act: Callable[..., Draft]
) -> None:
    book = openpyxl.Workbook()
    first, second = book.active, book.create_sheet("Second")
    assert first is not None
    first.append(["Phone", "Text"])
    first.append(["+79991234567", "one"])
    second.append(["x", "Телефон", "Сообщение"])
    second.append(["", "+79991234568", "два"])
    out = io.BytesIO()
    book.save(out)
    one = draft(out.getvalue())
    assert (one.reading["sheets"], one.reading["found_sheet"]) == (["Sheet", "Second"], "Sheet")
    one = act(one, reading={"sheet": "Second"})
    assert one.columns == {"phone": 1, "message": 2}
    assert [p["body"] for p in one.check_result["anybody"]] == ["два"]
    with pytest.raises(Refused) as caught:
        act(one, reading={"sheet": "Third"})
    assert caught.value.code == "sheet_not_found"


def test_strangers_and_readers_are_kept_out(
    draft: Make, business: Business, other_business: Business, stranger_actor: Actor, owner_actor: Actor
) -> None:
    one = draft(PEOPLE)
    reader = Actor("user", "x", business, frozenset({"contracts:read"}), "en")
    given: dict[str, Any] = {"public_id": one.public_id, "now": NOW}
    with pytest.raises(NotFound):
        drafts.configure_draft(business=other_business, actor=stranger_actor, **given)
    with pytest.raises(NotFound):
        drafts.configure_draft(business=business, actor=stranger_actor, **given)
    for verb in (drafts.configure_draft, drafts.delete_draft):
        with pytest.raises(NotAllowed):
            verb(business=business, actor=reader, **given)
    assert reads.draft(other_business.pk, one.public_id) is None


def test_a_test_goes_to_saved_numbers_only(
    draft: Make, act: Callable[..., Draft], business: Business, owner_actor: Actor
) -> None:
    one = act(draft(PEOPLE), content=HELLO)
    common: dict[str, Any] = {"business": business, "actor": owner_actor, "now": NOW}
    for number in range(5):
        draft_start.save_test_number(phone=f"0101234567{number}", name=f"Phone {number}", **common)
    with pytest.raises(Refused) as caught:
        draft_start.save_test_number(phone="01012345679", name="one too many", **common)
    assert caught.value.code == "too_many_test_numbers"
    recipient = checking.recipient_at(one, 2)
    assert recipient is not None
    with pytest.raises(Refused):
        draft_start.test_send(
            public_id=one.public_id, recipient=recipient, numbers=["+79990000000"], **common
        )
    sent = draft_start.test_send(
        public_id=one.public_id, recipient=recipient, numbers=["+201012345670", "+79990000000"], **common
    )
    messages = list(ledger.messages(sent.batch_id))
    assert [(m.address, m.body) for m in messages] == [("201012345670", "Hello friend of Haifa")]
    assert sent.import_options == {IS_TEST: True}, "the first steps take it for the first contract"
    assert reads.draft(business.pk, one.public_id) is not None


def test_old_drafts_go_with_their_files(draft: Make, django_capture_on_commit_callbacks: Any) -> None:
    from django.core.files.storage import default_storage

    one = draft(PEOPLE)
    assert drafts.forget_old_drafts(now=NOW + timedelta(days=13)) == 0
    with django_capture_on_commit_callbacks(execute=True):
        assert drafts.forget_old_drafts(now=NOW + timedelta(days=15)) == 1
    assert not default_storage.exists(one.file)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\people.csv", "people.csv"),
        ("\u202egpj.csv\x00\n", "gpj.csv"),
        ("<script>alert(1)</script>.xlsx", "script>.xlsx"),
        ("", ""),
        ("x" * 500 + ".csv", "x" * 100 + "….csv"),
    ],
)
def test_names_of_files_are_only_names(given: str, kept: str) -> None:
    assert inspecting.shown_file_name(given) == kept


def test_a_large_file_is_checked_by_a_worker(
    draft: Make, act: Callable[..., Draft], monkeypatch: pytest.MonkeyPatch
) -> None:
    deferred: list[int] = []
    monkeypatch.setitem(checking.AT_ONCE_BYTES, "xlsx", 10)
    monkeypatch.setattr(jobs, "defer_check", lambda one: deferred.append(one.pk))
    one = act(draft(PEOPLE), content=HELLO)
    assert (one.check_state, deferred) == (CheckState.WAITING, [one.pk])
    assert reads.blockers(one, way_of(one, now=NOW))[0].code == "draft_not_checked"
    drafts.begin_check(one, now=NOW)
    assert len(deferred) == 1  # asked for once
    stale = one.version
    assert checking.check(one.pk, stale, now=lambda: NOW)
    one.refresh_from_db()
    assert figures(one) == (2, 0, 3, 1)
    act(one, content={"kind": "text", "text": "Hi"})
    assert not checking.check(one.pk, stale, now=lambda: NOW)  # an older check says nothing any more

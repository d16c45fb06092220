"""The console of the page by plain forms: webhook log, ledger, faults, limits, people, clock, templates, echoes."""

from __future__ import annotations

from tests.sandbox.page_reading import look, submit
from tests.sandbox.receiving import Receiver, signature
from tests.sandbox.running import WABA, Running

WHO = "15557770001"


def test_the_log_shows_a_webhook_and_sends_it_again(box: Running, receiver: Receiver) -> None:
    saved = submit(box, look(box, "/?view=start").form("/page/webhook"), url=receiver.url, verify="yes")
    assert saved.status == 303
    wamid = box.template("15557770003").wamid
    receiver.wait_status(wamid, "sent")
    head, body = receiver.posts[0]
    entry = box.until(lambda: box.admin("GET", "/webhooks/log?limit=500")["data"][-1:] or None)
    newest = box.admin("GET", "/webhooks/log?limit=1")["data"][0]["id"]
    wanted = next(
        number
        for number in range(newest, 0, -1)
        if box.admin("GET", f"/webhooks/log/{number}")["body"].encode() == body
    )
    assert entry
    page = look(box, f"/?view=webhooks&entry={wanted}")
    assert signature(body) in page.text
    assert "&quot;messaging_product&quot;: &quot;whatsapp&quot;" in page.body
    assert look(box, f"/page/webhooks/{wanted}/body").body == body.decode()
    before = len(receiver.posts)
    assert submit(box, page.form("/page/webhooks/resend", id=str(wanted))).status == 303
    receiver.wait(lambda: [raw for _, raw in receiver.posts[before:] if raw == body])
    assert head["x-hub-signature-256"] == signature(body)
    sample = page.form("/page/webhooks/sample")
    assert submit(box, sample, sample="account_update/DISABLE").status in (303, 400)
    assert submit(box, sample, sample="nothing").status == 400
    assert submit(box, "/page/webhooks/resend", id="999999").status == 400


def test_an_address_that_does_not_verify_is_not_taken(box: Running, receiver: Receiver) -> None:
    receiver.verify_token = "another"
    page = look(box, "/?view=start")
    refused = submit(box, page.form("/page/webhook"), url=receiver.url, verify="yes")
    assert refused.status == 400
    assert "was not verified" in refused.text
    assert submit(box, page.form("/page/webhook"), url="ftp:x").status == 400
    assert box.admin("GET", "/webhook")["webhook_url"] is None


def test_the_ledger_is_counted_searched_and_paged(box: Running) -> None:
    wamids = [box.template(f"155577{70100 + n}", biz=f"run:{n}").wamid for n in range(55)]
    box.send({"to": "15500131056", "type": "text", "text": {"body": "x"}})
    page = look(box, "/?view=ledger")
    assert "Accepted 55" in page.text
    assert "131056" in page.text
    assert "Page 1 of 2" in page.text
    assert wamids[-1] in page.body
    assert wamids[0] not in page.body
    assert wamids[0] in look(box, "/?view=ledger&page=2").body
    for words in (wamids[7], "run:7", "+1 555 777 0107"):
        found = look(box, "/?view=ledger&q=" + words.replace("+", "%2B").replace(" ", "%20"))
        assert wamids[7] in found.body, words
        assert wamids[8] not in found.body, words
    assert "No message was found" in look(box, "/?view=ledger&q=nothing-like-this").text
    assert look(box, "/?view=ledger&page=9999999").status == 200
    assert submit(box, page.form("/page/ledger")).status == 303
    assert box.admin("GET", "/ledger")["accepted"] == 0


def test_faults_of_every_effect_are_added_switched_and_removed(box: Running) -> None:
    form = look(box, "/?view=faults").form("/page/faults", do="add")
    effects = box.admin("GET", "/faults")["effects"]
    for effect in effects:
        added = submit(
            box, form, effect=effect, to="9999*", probability="0.5", seconds="1.5", code="131016", times="3"
        )
        assert added.status == 303, effect
    rules = box.admin("GET", "/faults")["data"]
    assert [rule["effect"] for rule in rules] == list(effects)
    assert {key: rules[0][key] for key in ("to", "probability", "seconds", "times")} == {
        "to": "9999*",
        "probability": 0.5,
        "seconds": 1.5,
        "times": 3,
    }
    page = look(box, "/?view=faults")
    submit(box, page.form("/page/faults", do="switch", id=rules[0]["id"]))
    assert box.admin("GET", "/faults")["data"][0]["enabled"] is False
    submit(box, page.form("/page/faults", do="remove", id=rules[0]["id"]))
    assert len(box.admin("GET", "/faults")["data"]) == len(effects) - 1
    for wrong in ({"every": "x"}, {"probability": "2"}, {"effect": "nonsense"}, {"seconds": "1.2.3"}):
        refused = submit(box, form, **wrong)
        assert refused.status == 400, wrong
        assert refused.form("/page/faults", do="clear")
    submit(box, page.form("/page/faults", do="clear"))
    assert box.admin("GET", "/faults")["data"] == []


def test_limits_people_and_clock(box: Running) -> None:
    page = look(box, "/?view=limits")
    form = page.form("/page/limits")
    before = box.admin("GET", "/limits")
    assert submit(box, form).status == 303
    assert box.admin("GET", "/limits") == before, "saving what is shown changes nothing"
    fields = {name: value for name, value in form.fields.items() if name != "enforce"}
    form.fields = fields
    submit(
        box,
        form,
        throttle_http_status="429",
        pair_seconds="2.5",
        marketing_per_person="3",
        outside_window="refuse",
    )
    now = box.admin("GET", "/limits")
    assert (now["enforce"], now["throttle_http_status"], now["pair_seconds"]) == (False, 429, 2.5)
    assert (now["marketing_per_person"], now["outside_window"]) == (3, "refuse")
    assert submit(box, form, pair_burst="").status == 400
    then = box.admin("GET", "/clock")["offset_seconds"]
    submit(box, page.form("/page/clock", seconds="3600"))
    assert box.admin("GET", "/clock")["offset_seconds"] == then + 3600
    assert submit(box, "/page/clock", seconds="-1").status == 400
    people = look(box, "/?view=people").form("/page/people", do="slots")
    assert submit(box, people).status == 303
    assert submit(box, people, slot_reader="61").status == 400
    submit(box, people, slot_reader="61", slot_slow="11")
    assert box.admin("GET", "/people")["slots"]["reader"] == 61
    box.admin("PUT", f"/people/{WHO}", {"behaviour": "absent"})
    submit(box, look(box, "/?view=people").form("/page/people", do="forget", person=WHO))
    assert box.admin("GET", f"/people/{WHO}")["set_by_hand"] is False


def test_templates_are_judged_by_hand(box: Running, receiver: Receiver) -> None:
    box.admin("PUT", "/webhook", {"url": receiver.url})
    body = [{"type": "BODY", "text": "Your order is ready"}]
    made = {
        "id": "777",
        "waba_id": WABA,
        "name": "by_hand",
        "language": "en",
        "status": "PENDING",
        "components": body,
    }
    box.admin("PUT", "/templates/777", made)

    def state() -> str:
        return str(box.admin("GET", "/templates/777")["status"])

    steps = (("reject", "REJECTED"), ("approve", "APPROVED"), ("pause", "PAUSED"), ("unpause", "APPROVED"))
    for do, after in steps:
        submit(box, look(box, "/?view=templates").form("/page/templates", do=do, id="777"))
        assert state() == after
    assert submit(box, "/page/templates", id="777", do="unpause").status == 400
    receiver.wait(lambda: any(b'"REJECTED"' in raw for _, raw in receiver.posts))
    box.admin("DELETE", "/templates/777")
    assert submit(box, "/page/templates", id="777", do="approve").status == 400


def test_the_business_writes_with_its_own_app(box: Running, receiver: Receiver) -> None:
    form = look(box, "/?view=people").form("/page/echo")
    assert submit(box, form, to=WHO, text="from my phone").status == 400, "there is no address"
    box.admin("PUT", "/webhook", {"url": receiver.url})
    assert submit(box, form, to=WHO, text="from my phone").status == 303
    receiver.wait(lambda: any(b"smb_message_echoes" in raw for _, raw in receiver.posts))

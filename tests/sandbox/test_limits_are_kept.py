"""Windows, throughput, the pair limit and the portfolio's unique people."""

from typing import Any

from tests.sandbox.running import PHONE, Running

DAY = 86_400


def last_row(box: Running) -> dict[str, Any]:
    return box.rows()[-1]


def test_free_text_outside_a_window_is_accepted_and_fails(box: Running) -> None:
    assert box.text("15551230001").status == 200
    box.until(lambda: last_row(box)["status"] == "failed")
    assert last_row(box)["code"] == 131047
    assert box.admin("GET", "/ledger")["limits_seen"]["overruns"] == {"window": 1}


def test_a_window_opens_with_a_message_and_closes_after_a_day(box: Running) -> None:
    box.admin("POST", "/inbound", {"from": "+15551230002", "text": "hi"})
    box.text("15551230002")
    box.until(lambda: last_row(box)["status"] == "read")
    box.admin("POST", "/clock", {"advance_seconds": DAY + 1})
    box.admin("PATCH", "/limits", {"outside_window": "refuse"})
    reply = box.text("15551230002")
    assert (reply.status, reply.code) == (400, 131047)


def test_a_window_belongs_to_one_number(box: Running) -> None:
    box.admin("PATCH", "/limits", {"outside_window": "refuse"})
    box.admin("POST", "/inbound", {"from": "+15551230003", "text": "hi"})
    assert box.text("15551230003").status == 200
    assert box.text("15551230003", phone="206540352242921").code == 131047


def test_throughput_of_a_number(box: Running) -> None:
    box.admin("PUT", f"/phone_numbers/{PHONE}", {"throughput": 5})
    replies = [box.template(f"155512310{n:02d}") for n in range(12)]
    codes = [reply.code for reply in replies]
    assert codes[:5] == [None] * 5
    assert codes.count(130429) == 7
    assert replies[-1].status == 400
    seen = box.admin("GET", "/ledger")["limits_seen"]
    assert seen["most_in_one_second"][PHONE] == 5
    assert seen["most_attempted_in_one_second"][PHONE] == 12
    assert seen["overruns"]["throughput"] == 7
    box.admin("PATCH", "/limits", {"throttle_http_status": 429})
    assert {reply.status for reply in (box.template("15551231013") for _ in range(9))} >= {429}
    box.admin("POST", "/clock", {"advance_seconds": 1})
    assert box.template("15551231014").status == 200


def test_the_pair_limit_lends_a_burst_and_wants_it_back(box: Running) -> None:
    codes = [box.template("15551232001", value=str(n)).code for n in range(46)]
    assert codes[:45] == [None] * 45
    assert codes[45] == 131056
    assert box.template("15551232002").status == 200, "another person is another pair"
    box.admin("POST", "/clock", {"advance_seconds": 45 * 6 - 20})
    assert box.template("15551232001").code == 131056
    box.admin("POST", "/clock", {"advance_seconds": 20})
    assert box.template("15551232001").status == 200
    seen = box.admin("GET", "/ledger")["limits_seen"]
    assert seen["longest_burst_to_one_person"][PHONE] == 45
    assert seen["overruns"] == {"pair": 2}


def test_one_message_in_six_seconds_is_always_let_through(box: Running) -> None:
    for _ in range(8):
        assert box.template("15551232003").status == 200
        box.admin("POST", "/clock", {"advance_seconds": 6})
    assert box.admin("GET", "/ledger")["limits_seen"]["least_gap_seconds_to_one_person"][PHONE] >= 6


def test_the_portfolio_counts_unique_people_of_all_its_numbers(box: Running) -> None:
    box.admin("PUT", "/portfolios/100100100100100", {"limit": 3})
    for to in ("15551233001", "15551233002", "15551233002"):
        box.template(to)
    box.template("15551233003", phone="206540352242921")
    box.template("15551233004")
    beyond = box.template("15551233004").wamid
    again = box.template("15551233001").wamid
    box.admin("POST", "/inbound", {"from": "15551233005", "text": "hi"})
    inside = box.template("15551233005").wamid
    status = {row["wamid"]: row for row in box.until(lambda: settled(box))}
    assert (status[beyond]["status"], status[beyond]["code"]) == ("failed", 131049)
    assert status[again]["status"] == status[inside]["status"] == "read"
    seen = box.admin("GET", "/ledger")["limits_seen"]
    assert seen["most_unique_people_in_24_hours"]["100100100100100"] == 3
    assert seen["overruns"] == {"portfolio": 2}, "a second try does not get through either"
    box.admin("PATCH", "/limits", {"beyond_portfolio": "refuse", "portfolio_code": 131048})
    assert box.template("15551233006").code == 131048
    box.admin("POST", "/clock", {"advance_seconds": DAY})
    assert box.template("15551233006").status == 200


def settled(box: Running) -> list[dict[str, Any]]:
    rows = box.rows()
    return rows if all(row["status"] in ("read", "failed") for row in rows) else []


def test_limits_can_be_switched_off(box: Running) -> None:
    box.admin("PATCH", "/limits", {"enforce": False})
    codes = {box.template("15551234001", value=str(n)).code for n in range(60)}
    assert codes == {None}
    assert box.admin("GET", "/ledger")["limits_seen"]["overruns"] == {"pair": 15}

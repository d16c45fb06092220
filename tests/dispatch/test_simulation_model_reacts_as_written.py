"""The model does what its page says: suspicion fades, locks spare friends, bans stay, and each parameter pulls its way."""

from __future__ import annotations

import pytest

from qafila.dispatch.simulation.compare import Kind, run
from qafila.dispatch.simulation.meta import OfficialNumber, Portfolio, Reply
from qafila.dispatch.simulation.model import Meta, Model, WhatsApp
from qafila.dispatch.simulation.outcome import Outcome
from qafila.dispatch.simulation.policies import Policy
from qafila.dispatch.simulation.whatsapp import Account, Answer
from qafila.dispatch.simulation.work import DAY, START, Queue, drawn

OLD = START - 400 * DAY


def account(*, since: float = OLD, hardness: float = 0.0, **changed: float) -> Account:
    return Account(WhatsApp(**changed), since=since, hardness=hardness)


def month(kind: Kind, policy: Policy, *, messages: int = 6000, seed: int = 2, **changed: float) -> Outcome:
    """Half a month of four new numbers with everything to send on the first day, watched more strictly than usual: a number
    that rests until the end of a lock survives the usual."""
    strict = {"work__age_scale": 0.0, "work__backlog": 1.0, "whatsapp__ban_at": 3.0}
    model = Model().changed(**{**strict, **changed})
    return run(model, kind, policy, days=15, numbers=4, messages=messages, seed=seed)


def test_suspicion_fades_to_half_in_its_half_life() -> None:
    number = account()
    number.reported(START)
    assert number.suspicion(START) == pytest.approx(1.0)
    assert number.suspicion(START + 7 * DAY) == pytest.approx(0.5)
    number.answered(1, START + 7 * DAY)
    assert number.suspicion(START + 7 * DAY) == pytest.approx(0.49)


def test_a_new_number_is_blamed_twice() -> None:
    number = account(since=START)
    number.reported(START)
    assert number.suspicion(START) == pytest.approx(2.0)


def test_a_lock_refuses_strangers_and_spares_friends() -> None:
    number = account()
    assert number.send(1, absent=False, alike=False, now=START) is Answer.ACCEPTED
    number.answered(1, START)
    for _ in range(3):
        number.reported(START)
    assert number.locked_until == START + DAY
    before = number.suspicion(START)
    assert number.send(2, absent=False, alike=False, now=START) is Answer.LOCKED
    assert number.suspicion(START) > before, "who insists makes it worse"
    assert number.send(1, absent=False, alike=False, now=START) is Answer.ACCEPTED
    assert number.send(2, absent=False, alike=False, now=START + 1.01 * DAY) is Answer.ACCEPTED


def test_a_ban_is_for_good_and_comes_between_five_and_ten_reports() -> None:
    for hardness, reports in ((0.0, 5), (1.0, 10)):
        number = account(hardness=hardness)
        for _ in range(reports - 1):
            number.reported(START)
        assert not number.banned
        number.reported(START)
        assert number.banned
        assert number.send(1, absent=False, alike=False, now=START + 400 * DAY) is Answer.BANNED


def test_the_quota_of_new_chats_is_the_days() -> None:
    number = account(new_chats_a_day=2.0)
    answers = [number.send(person, absent=False, alike=False, now=START) for person in (1, 2, 3, 1)]
    assert answers == [Answer.ACCEPTED, Answer.ACCEPTED, Answer.CAPPED, Answer.ACCEPTED]
    assert number.quota_used(START) == 1.0
    assert number.send(3, absent=False, alike=False, now=START + DAY) is Answer.ACCEPTED


def test_a_fresh_number_that_writes_to_many_strangers_is_suspect() -> None:
    young, old = account(since=START), account()
    for person in range(200):
        young.send(person, absent=False, alike=False, now=START + 30 * person)
        old.send(person, absent=False, alike=False, now=START + 30 * person)
    assert old.suspicion(START + 6000) == 0.0
    assert young.suspicion(START + 6000) == pytest.approx(150 * 0.004 * 2, rel=0.05)


def test_meta_restricts_a_red_number_and_disables_it_in_the_end() -> None:
    number, portfolio = OfficialNumber(Meta(), hardness=0.0), Portfolio(Meta())
    for person in range(200):
        assert number.send(person, portfolio, absent=False, odd=1.0, now=START) is Reply.ACCEPTED
    assert number.rating(START) == "GREEN"
    for _ in range(4):
        number.blocked(START, reported=False)
    assert number.rating(START) == "RED"
    assert number.send(900, portfolio, absent=False, odd=1.0, now=START + 1) is Reply.SPAM_LIMITED
    for day in (1, 2):
        number.blocked(START + (day + 0.01) * DAY, reported=False)
    assert number.send(901, portfolio, absent=False, odd=1.0, now=START + 4 * DAY) is Reply.DISABLED


def test_the_portfolio_counts_people_of_24_hours_and_grows_with_use() -> None:
    portfolio, number = Portfolio(Meta(first_cap=10.0)), OfficialNumber(Meta(), hardness=0.0)
    for person in [*range(10), 3]:
        assert number.send(person, portfolio, absent=False, odd=1.0, now=START) is Reply.ACCEPTED
    assert number.send(99, portfolio, absent=False, odd=1.0, now=START) is Reply.OVER_LIMIT
    assert portfolio.room(START + DAY) == 10
    portfolio.grow(healthy=False, now=START + DAY)
    assert portfolio.cap == 10
    portfolio.grow(healthy=True, now=START + DAY)
    assert portfolio.cap == 2000


def test_a_person_stays_with_the_number_that_wrote_first() -> None:
    fates = drawn(messages=40, numbers=2, seed=1)
    queue = Queue(Model().changed(work__backlog=1.0, work__letters_per_person=10.0).work, fates, 2)
    home: dict[int, int] = {}
    for turn in range(36):
        message = queue.take(turn % 2, START)
        assert message is not None
        queue.wrote(turn % 2, message)
        home.setdefault(queue.person(message), turn % 2)
        assert home[queue.person(message)] == turn % 2
    queue.lost(0)
    rest = [queue.take(1, START) for _ in range(4)]
    assert None not in rest
    assert (queue.take(1, START), queue.left) == (None, 0)


def test_no_limits_spends_its_time_locked_in_the_model_as_it_is() -> None:
    hasty = run(Model(), Kind.PHONE, Policy.NONE, days=30, numbers=10, messages=30_000, seed=1)
    assert hasty.rests > 100
    assert hasty.left > hasty.delivered


def test_ours_keeps_more_young_numbers_than_the_fixed_limits() -> None:
    kept, fixed = (month(Kind.PHONE, policy) for policy in (Policy.OURS, Policy.FIXED))
    assert kept.lost < fixed.lost
    assert kept.delivered > fixed.delivered


def test_who_waits_for_a_locks_end_keeps_more_numbers() -> None:
    fixed, waiting = (month(Kind.PHONE, policy) for policy in (Policy.FIXED, Policy.WAITING))
    assert waiting.lost < fixed.lost
    assert waiting.delivered > fixed.delivered


@pytest.mark.parametrize(
    ("changed", "what", "grows"),
    [
        ({"people__block_wanted": 0.02}, "blocks", True),
        ({"people__not_on_whatsapp": 0.3}, "failed", True),
        ({"people__opt_out_unwanted": 0.3}, "skipped", True),
        ({"people__unwanted": 0.9}, "stops", True),
        ({"whatsapp__ban_at": 20.0}, "lost", False),
        ({"whatsapp__ramp_weight": 0.0, "whatsapp__new_factor": 1.0}, "lost", False),
        ({"work__age_scale": 1.0, "work__backlog": 0.2}, "lost", False),
        ({"whatsapp__new_chats_a_day": 100.0}, "rests", True),
        ({"whatsapp__comfort": 8.0}, "lost", False),
    ],
)
def test_each_parameter_pulls_its_way(changed: dict[str, float], what: str, grows: bool) -> None:
    before, after = (getattr(month(Kind.PHONE, Policy.FIXED, **given), what) for given in ({}, changed))
    assert after > before if grows else after < before


def test_official_numbers_rest_and_go_when_people_block_them() -> None:
    bad = {"people__unwanted": 1.0, "people__block_unwanted": 0.08, "work__backlog": 0.1}
    calm, angry = (month(Kind.OFFICIAL, Policy.FIXED, **given) for given in ({}, bad))
    assert (calm.rests, calm.lost) == (0, 0)
    assert angry.rests > 0
    assert month(Kind.OFFICIAL, Policy.NONE, **bad).lost > 0

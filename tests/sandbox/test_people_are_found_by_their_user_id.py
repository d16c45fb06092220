"""The number behind a user id: every pair of number and person is entered once, however often somebody unknown is asked for."""

from wa_sandbox.ledger.books import Books
from wa_sandbox.people.identity import user_id_of
from wa_sandbox.settings import Limits


def worked_out() -> int:
    """How often a user id was asked for."""
    counts = user_id_of.cache_info()
    return counts.hits + counts.misses


def test_an_unknown_id_costs_no_walk_over_everybody() -> None:
    homes = {"one": "first", "two": "second"}
    books = Books(Limits(), lambda number_id: homes.get(number_id, ""))
    people = [f"1555102{n:04d}" for n in range(50)]
    for wa_id in people:
        books.pair("one", wa_id)
    before = worked_out()
    assert [books.person_of("first", "US.1") for _ in range(3)] == [None] * 3
    assert worked_out() - before == len(people)
    books.pair("two", "15551030001")
    before = worked_out()
    assert books.person_of("first", "US.1") is None
    assert worked_out() - before == 1, "only who is new"
    assert books.person_of("first", user_id_of("first", people[7])) == people[7]
    assert books.person_of("second", user_id_of("second", "15551030001")) == "15551030001"
    assert books.person_of("second", user_id_of("second", people[7])) is None


def test_who_met_a_number_is_known_to_the_portfolio_it_goes_to() -> None:
    homes = {"one": "first"}
    books = Books(Limits(), lambda number_id: homes.get(number_id, ""))
    books.pair("one", "15551040001")
    asked = user_id_of("second", "15551040001")
    assert books.person_of("second", asked) is None
    homes["one"] = "second"
    assert books.person_of("second", asked) == "15551040001"

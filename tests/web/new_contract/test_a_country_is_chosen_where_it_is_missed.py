"""Numbers written as at home: the person says once to which country they belong, where the question comes up."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tests.web.new_contract.wizard import sheet, text_of, upload
from tests.web.world import World

pytestmark = pytest.mark.django_db
AT_HOME: list[list[object]] = [["Name", "Phone"], *([f"Person {n}", f"0101000{n:04d}"] for n in range(5))]
TEXT = {"phone": "1", "name": "0", "kind": "text", "text": "Hello {{Name}}"}


@pytest.fixture(autouse=True)
def no_country(world: World) -> None:
    """The business has none of its own."""
    world.here.business.default_country = ""
    world.here.business.save(update_fields=["default_country"])


def good(page: str) -> str:
    found = re.search(r"Good</span><strong>(?:<[^>]+>)?(\d+)", page)
    assert found is not None
    return found[1]


def test_it_is_chosen_by_name_beside_the_column_of_the_numbers(client: Client) -> None:
    place = upload(client, sheet(AT_HOME))
    page = text_of(client.get(f"{place}/map"))
    columns = page.partition('id="columns_title"')[2].partition("</section>")[0]
    assert '<option value="EG">Egypt (\u2066+20\u2069)</option>' in columns
    client.post(f"{place}/map", {**TEXT, "country": "EG"})
    assert good(text_of(client.get(f"{place}/check"))) == "5"
    page = text_of(client.get(f"{place}/map"))
    assert '<option value="EG" selected>' in page, "it is kept"


def test_a_check_that_misses_it_asks_for_it(client: Client) -> None:
    place = upload(client, sheet(AT_HOME))
    client.post(f"{place}/map", TEXT)
    page = text_of(client.get(f"{place}/check"))
    assert good(page) == "0"
    assert 'name="country"' in page
    client.post(f"{place}/rule", {"country": "EG"})
    page = text_of(client.get(f"{place}/check"))
    assert good(page) == "5"
    assert 'name="country"' not in page, "nothing is missed any more"


def test_the_rule_of_repeated_rows_stays_as_it_is(client: Client) -> None:
    from qafila.campaigns.models import Draft

    place = upload(client, sheet(AT_HOME))
    client.post(f"{place}/map", TEXT)
    client.post(f"{place}/rule", {"duplicates": "number"})
    client.post(f"{place}/rule", {"country": "EG"})
    assert Draft.objects.get().duplicates == "number"


def test_a_country_that_there_is_not_is_refused_in_words(client: Client) -> None:
    place = upload(client, sheet(AT_HOME))
    client.post(f"{place}/map", TEXT)
    answer = client.post(f"{place}/rule", {"country": "<script>"}, follow=True)
    assert "<script>alert" not in text_of(answer)
    assert good(text_of(client.get(f"{place}/check"))) == "0"


def test_the_country_of_the_business_is_named_as_what_is_used(client: Client, world: World) -> None:
    world.here.business.default_country = "EG"
    world.here.business.save(update_fields=["default_country"])
    place = upload(client, sheet(AT_HOME))
    page = text_of(client.get(f"{place}/map"))
    assert re.search(r'<select[^>]* name="country"><option value="" selected>Egypt', page)
    client.post(f"{place}/map", {**TEXT, "country": ""})
    assert good(text_of(client.get(f"{place}/check"))) == "5"


def test_the_example_of_a_field_is_a_column_of_the_file(client: Client) -> None:
    place = upload(client, sheet([["الاسم", "الهاتف"], ["سارة", "+201001234567"]]))
    assert "{{الاسم|friend}}" in text_of(client.get(f"{place}/map"))

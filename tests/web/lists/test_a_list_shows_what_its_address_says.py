"""U1 and U2: filters, sort, search and page are in the URL; nothing else of it reaches a query."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

Make = Callable[..., list[Any]]


def codes(html: str) -> list[str]:
    """The codes of the rows, in their order."""
    return re.findall(r'data-label="Code"[^>]*><div class="q-cell"><a[^>]*>(\w+)</a>', html)


def seen(browser: Client, query: str = "") -> str:
    answer = browser.get(f"/storms{query}")
    assert answer.status_code == 200, answer.content[:400]
    return str(answer.content.decode())


def test_a_page_has_its_rows_and_the_total(owner: Client, storms: Make) -> None:
    storms(60)
    html = seen(owner)
    assert codes(html) == [f"storm_{n:03d}" for n in range(25)]
    assert "<title>Storms (60) · Qafila</title>" in html
    assert codes(seen(owner, "?page=3")) == [f"storm_{n:03d}" for n in range(50, 60)]
    assert len(codes(seen(owner, "?size=100"))) == 60


def test_every_row_is_on_exactly_one_page_in_every_order(owner: Client, storms: Make) -> None:
    storms(60)
    for sort in ("code", "-code", "level", "-level", "count", "-last_at"):
        rows = [code for page in (1, 2, 3) for code in codes(seen(owner, f"?sort={sort}&page={page}"))]
        assert sorted(rows) == [f"storm_{n:03d}" for n in range(60)], sort


def test_a_filter_with_nothing_to_choose_is_not_shown(owner: Client, storms: Make) -> None:
    storms(1)
    html = seen(owner)
    assert "Shelf of nothing" not in html
    for name in ('name="kind"', 'name="code"', 'name="opened_from"'):
        assert name in html


def test_sorting_turns_round(owner: Client, storms: Make) -> None:
    storms(3)
    html = seen(owner, "?sort=count")
    assert codes(html) == ["storm_000", "storm_001", "storm_002"]
    assert 'aria-sort="ascending"' in html
    assert 'href="?sort=-count"' in html
    assert codes(seen(owner, "?sort=-count")) == ["storm_002", "storm_001", "storm_000"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?level=warning", [0, 3, 6, 9]),
        ("?kind=batch", [1, 3, 5, 7, 9]),
        ("?kind=batch&kind=sender", list(range(10))),
        ("?code=storm_00&q=7", [7]),
        ("?level=warning&kind=sender", [0, 6]),
        ("?opened_from=2026-05-30&opened_to=2026-05-31", [1, 2]),
        ("?opened_to=2026-05-25", [7, 8, 9]),
    ],
)
def test_filters_narrow(owner: Client, storms: Make, query: str, expected: list[int]) -> None:
    storms(10)
    assert codes(seen(owner, query)) == [f"storm_{n:03d}" for n in expected]


@pytest.mark.parametrize(
    "query",
    [
        "?business=1",
        "?business__name=x",
        "?sort=business__name",
        "?sort=pk",
        "?level=wrong",
        "?level=%27%3B%20DROP%20TABLE",
        "?page=-1",
        "?page=99999999999999999999",
        "?page=%D9%A1",
        "?size=100000",
        "?opened_from=2026-99-99",
        "?opened_from=0001-01-01",
        "?q=%00",
        "?q=" + "%25" * 3000,
        "?kind=" + "&kind=".join(str(n) for n in range(500)),
        "?id=1&all=1&format=",
    ],
)
def test_nonsense_in_the_address_changes_nothing(owner: Client, storms: Make, query: str) -> None:
    storms(3)
    answer = owner.get(f"/storms{query}")
    assert answer.status_code == 200
    assert b"Traceback" not in answer.content


def test_what_was_not_understood_is_said(owner: Client, storms: Make) -> None:
    storms(3)
    assert "was left out" in seen(owner, "?level=wrong")
    assert "was left out" not in seen(owner, "?level=info")


def test_a_filter_that_the_list_does_not_have_is_said(owner: Client, storms: Make) -> None:
    storms(3)
    html = seen(owner, "?contract=7&level=info&%3Cb%3E=1")
    assert "names filters that this list does not have: <bdi>contract, &lt;b&gt;</bdi>" in html
    assert '<a href="?level=info">Clear</a>' in html
    assert "does not have" not in seen(
        owner, "?level=info&sort=code&utm_source=mail&fbclid=1&kind=batch&opened_from="
    )


def test_a_page_past_the_end_says_so(owner: Client, storms: Make) -> None:
    storms(3)
    html = seen(owner, "?page=40")
    assert "past the end" in html
    assert not codes(html)


def test_figures_beside_tabs_are_those_of_their_lists(owner: Client, storms: Make) -> None:
    storms(31)
    html = seen(owner, "?kind=batch")
    tabs = dict(
        re.findall(
            r'<a href="(\?[^"]*)"[^>]*>[^<]*<bdi dir="ltr" class="q-num q-tab-count">(\d+)</bdi>', html
        )
    )
    assert len(tabs) == 4
    for address, figure in tabs.items():
        page = seen(owner, address.replace("&amp;", "&"))
        assert f"({figure})" in page.split("</title>")[0] or figure == "0"


def test_the_four_states(
    owner: Client, reader: Client, storms: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = seen(owner)
    assert 'data-empty="first"' in first
    assert "All quiet" in first
    assert ">Begin<" in first.replace("\n", "").replace("</svg>Begin", ">Begin")
    assert "Begin" not in seen(reader), "a button that leads to a refusal"
    storms(2)
    filtered = seen(owner, "?q=nothing")
    assert 'data-empty="filtered"' in filtered
    assert 'href="/storms"' in filtered

    import gallery
    from django.db import OperationalError

    def slow(*_: Any) -> Any:
        raise OperationalError("canceling statement due to statement timeout")

    monkeypatch.setattr(gallery, "_found", slow)
    failed = owner.get("/storms?level=info")
    assert failed.status_code == 503
    html = failed.content.decode()
    assert 'data-empty="error"' in html
    assert failed["X-Request-Id"] in html
    assert "statement" not in html


def test_only_the_rows_for_a_part_of_the_page(owner: Client, storms: Make) -> None:
    storms(2)
    part = owner.get("/storms", headers={"HX-Request": "true", "HX-Target": "list"}).content.decode()
    assert "<html" not in part
    assert codes(part) == ["storm_000", "storm_001"]


def test_a_part_tells_the_figures_and_which_rows_left(
    owner: Client, storms: Make, other_business: Any
) -> None:
    """An open page names its rows; what comes back on neither page of the list has left it."""
    made = storms(60)
    (foreign,) = storms(1, of=other_business, prefix="foreign")
    here, elsewhere, gone = made[1], made[59], made[3]
    shown = [str(one.public_id) for one in (here, elsewhere, gone, foreign)]
    headers = {
        "HX-Request": "true",
        "HX-Target": "list",
        "X-List-Rows": ",".join([*shown, "", "x" * 99, "\x01"]),
    }
    part = owner.get("/storms?level=info", headers=headers).content.decode()
    rows, beside = part.split("<template data-beside>")
    assert '<span data-total-shown><bdi dir="ltr" class="q-num">40</bdi></span>' in beside
    assert re.findall(r'q-tab-count">(\d+)<', beside) == ["60", "40", "20", "0"]
    assert f'data-row="{here.public_id}"' in rows
    assert f'data-row="{here.public_id}"' not in beside
    assert f'data-row="{elsewhere.public_id}"' in beside
    for one in (gone, foreign):
        assert f'data-row="{one.public_id}"' not in part
    assert "data-beside" not in seen(owner, "?level=info")


def test_nobody_sees_another_business(owner: Client, stranger: Client, storms: Make) -> None:
    storms(5)
    assert not codes(seen(stranger))
    assert 'data-empty="first"' in seen(stranger)
    assert len(codes(seen(owner))) == 5


def test_a_slow_filter_is_cut_by_the_database(
    owner: Client, storms: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    storms(1)
    import gallery
    from django.db.models.expressions import RawSQL

    from qafila.web.lists import page

    monkeypatch.setattr(page, "STATEMENT_TIMEOUT", "50ms")
    real = gallery._found
    monkeypatch.setattr(
        gallery,
        "_found",
        lambda *given: real(*given).annotate(wait=RawSQL("pg_sleep(5)::text", [])).exclude(wait="x"),
    )
    assert owner.get("/storms").status_code == 503

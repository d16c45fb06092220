"""Each component: what it says, that it escapes, that no right-to-left sentence turns its figures around."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django import forms
from django.template import Context, RequestContext, Template
from django.test import RequestFactory
from django.utils import timezone, translation

from qafila.ledger.states import BatchState, State
from qafila.senders.models import SenderState
from qafila.web.ui import figures
from qafila.web.ui.confirming import is_confirmed
from qafila.web.ui.states import LOOKS, look_of
from tests.web.hostile import PAYLOADS, wounds


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with translation.override("en"), timezone.override("Africa/Cairo"):
        yield


def drawn(source: str, request: Any = None, **values: Any) -> str:
    template = Template("{% load ui %}" + source)
    return template.render(RequestContext(request, values) if request else Context(values))


@pytest.mark.parametrize(
    ("state", "word", "tone"),
    [
        (State.UNCERTAIN, "Uncertain", "warn"),
        (BatchState.FLOWING, "Running", "busy"),
        (SenderState.RESTING, "Resting", "warn"),
        ("critical", "Urgent", "bad"),
        ("IN_PROGRESS", "Running", "busy"),
        ("some_new_state", "Some new state", "calm"),
    ],
)
def test_a_state_is_icon_and_word(state: object, word: str, tone: str) -> None:
    html = drawn("{% chip state %}", state=state)
    assert f"<span>{word}</span>" in html
    assert f"q-tone-{tone}" in html
    assert "<use href=" in html


def test_every_state_of_the_house_has_a_look() -> None:
    for state in (*State, *BatchState, *SenderState):
        assert look_of(state) in LOOKS.values(), state


@pytest.mark.parametrize(
    ("language", "value", "text"),
    [
        ("en", 1234567, "1,234,567"),
        ("ru", 1234567, "1\u00a0234\u00a0567"),
        ("ar", 1234.5, "1,234.5"),
        ("ru", 0.5, "0,5"),
    ],
)
def test_figures_are_grouped_and_isolated(language: str, value: float, text: str) -> None:
    with translation.override(language):
        assert drawn("{% number n %}", n=value) == f'<bdi dir="ltr" class="q-num">{text}</bdi>'
    assert "—" in drawn("{% number n %}", n=None)


def test_ratios_and_phones_are_isolated() -> None:
    assert drawn("{% ratio 37 40 %}") == '<bdi dir="ltr" class="q-num">37 / 40</bdi>'
    html = drawn("{% phone p %}", p="+201000000001")
    assert html == '<bdi dir="ltr" class="q-num" title="+201000000001">+20 10 00000001</bdi>'
    assert drawn("{% phone p %}", p="201000000001") == html


def test_moments_are_the_businesss_and_utc_beside() -> None:
    at = datetime(2025, 6, 1, 21, 30, tzinfo=UTC)
    html = drawn("{% when at %}", at=at)
    assert "2 Jun 2025, 00:30" in html
    assert 'title="2025-06-01 21:30:00 UTC"' in html
    assert figures.said(at, now=at) == "00:30"
    assert figures.said(at, now=at + timedelta(days=3)) == "2 Jun, 00:30"


def test_russian_writes_months_small() -> None:
    at = datetime(2025, 6, 1, 21, 30, tzinfo=UTC)
    with translation.override("ru"):
        assert "2 июн 2025, 00:30" in drawn("{% when at %}", at=at)


def test_an_exact_moment_has_day_and_seconds_and_runs_as_its_language_does() -> None:
    """The direction is that of its first letter: forced from left to right, an Arabic month would take the time along."""
    at = datetime(2025, 6, 1, 21, 30, 7, tzinfo=UTC)
    assert "<bdi>2 Jun, 00:30:07</bdi>" in drawn("{% when at exact=True %}", at=at)
    with translation.override("ar"):
        assert "<bdi>2 " in drawn("{% when at exact=True %}", at=at)
    assert "—" in drawn("{% when at exact=True %}", at=None)


@pytest.mark.parametrize(
    ("away", "text"),
    [
        (-30, "just now"),
        (-3700, "1\u00a0hour ago"),
        (90, "in 1\u00a0minute"),
        (-86400 * 3, "3\u00a0days ago"),
    ],
)
def test_ago(away: int, text: str) -> None:
    now = datetime(2026, 6, 1, 12, tzinfo=UTC)
    html = figures.ago(now + timedelta(seconds=away), now=now)
    assert f"<bdi>{text}</bdi>" in html
    assert "data-ago" in html


def test_progress_has_role_value_and_its_percentage_beside() -> None:
    html = drawn('{% progress 412 5000 "Sent" %}')
    assert 'role="progressbar" aria-label="Sent" value="412" max="5000"' in html
    assert 'aria-valuenow="412"' in html
    assert '<bdi dir="ltr" class="q-num">8%</bdi>' in html
    assert "value=" not in drawn("{% progress 3 0 %}"), "an unknown end looks like a known one"
    assert "100%" not in drawn("{% progress 9999 10000 %}")
    assert 'value="10"' in drawn("{% progress 12 10 %}")


@pytest.mark.parametrize(
    ("part", "whole", "percent"), [(0, 0, 0), (1, 3, 33), (999, 1000, 99), (3, 2, 100), (-1, 5, 0)]
)
def test_percent_never_says_done_before_it_is(part: int, whole: int, percent: int) -> None:
    assert figures.percent(part, whole) == percent


def test_icons_are_decoration_or_named() -> None:
    assert 'aria-hidden="true"' in drawn('{% icon "bell" %}')
    assert 'role="img" aria-label="Alerts"' in drawn('{% icon "bell" "Alerts" %}')
    assert "q-mirror" in drawn('{% icon "chevron-right" %}')
    assert "q-mirror" not in drawn('{% icon "bell" %}')


def test_query_changes_only_what_is_named(rf: RequestFactory) -> None:
    request = rf.get("/x?q=a%26b&page=4&sort=-name&format=csv")
    assert drawn('{% query sort="name" %}', request) == "?q=a%26b&amp;sort=name"
    assert drawn("{% query page=2 %}", request) == "?q=a%26b&amp;sort=-name&amp;page=2"
    assert drawn('{% query q="" sort="" %}', request) == "?"


def test_confirm_states_the_count_and_asks_to_type_a_large_one() -> None:
    small = drawn('{% confirm "go" "Delete 3 rows?" "/x" count=3 %}', csrf_token="t")
    large = drawn('{% confirm "go" "Delete 1,001 rows?" "/x" count=1001 ask="Reason" %}', csrf_token="t")
    assert "confirmed_count" not in small
    assert 'data-must-equal="1001"' in large
    assert 'name="reason"' in large
    assert 'name="csrfmiddlewaretoken" value="t"' in small


@pytest.mark.parametrize(
    ("typed", "count", "good"),
    [
        ("", 1000, True),
        ("", 1001, False),
        ("1 001", 1001, True),
        ("1,001", 1001, True),
        ("1002", 1001, False),
        ("²", 1001, False),
    ],
)
def test_the_server_checks_what_was_typed(rf: RequestFactory, typed: str, count: int, good: bool) -> None:
    assert is_confirmed(rf.post("/x", {"confirmed_count": typed}), count) is good


class _Form(forms.Form):
    name = forms.CharField(help_text="As people call it")
    kind = forms.ChoiceField(choices=[("a", "A")])
    sure = forms.BooleanField(required=False)


def test_a_field_is_tied_to_its_hint_and_errors() -> None:
    form = _Form({"name": "", "kind": "a"})
    assert not form.is_valid()
    html = drawn("{% field form.name %}{% field form.kind %}{% field form.sure %}", form=form)
    assert 'aria-describedby="id_name_hint id_name_error"' in html
    assert 'aria-invalid="true"' in html
    assert 'id="id_name_error"' in html
    assert 'class="form-select"' in html
    assert 'class="form-check-input"' in html
    assert 'for="id_name"' in html


@pytest.mark.parametrize("kind", ["first", "filtered", "error"])
def test_empty_states_have_a_way_on(kind: str) -> None:
    html = drawn("{% empty kind url='/x' action='Go' request_id=number %}", kind=kind, number="r<1>")
    assert f'data-empty="{kind}"' in html
    assert 'href="/x"' in html
    assert "r&lt;1&gt;" in html


COMPONENTS = (
    "{% chip p %}",
    "{% chip 'sent' p %}",
    "{% phone p %}",
    "{% icon 'bell' p %}",
    "{% progress 1 2 p p %}",
    "{% empty 'first' title=p text=p url=p action=p sample_url=p sample=p request_id=p %}",
    "{% bubble p %}",
    "{% confirm 'x' p p text=p label=p ask=p fields=f %}",
    "{% copy p p %}",
)


@pytest.mark.parametrize("component", COMPONENTS)
def test_hostile_texts_stay_texts(component: str) -> None:
    source = component.replace("url=p", "url='/x'").replace("{% confirm 'x' p p", "{% confirm 'x' p '/x'")
    template = Template("{% load ui %}" + source)
    bad = [p for p in PAYLOADS if wounds(template.render(Context({"p": p, "f": {p: p}})))]
    assert bad == []


def test_wounds_are_seen_where_escaping_is_off() -> None:
    opened = Template("{% autoescape off %}{{ p }}{% endautoescape %}")
    seen = [p for p in PAYLOADS if wounds(f"<p>{opened.render(Context({'p': p}))}</p>")]
    assert len(PAYLOADS) == 300
    assert len(seen) > 180


def test_a_message_has_its_own_direction() -> None:
    html = drawn("{% bubble text %}", text="שלום\nHello <b>")
    assert '<p dir="auto">שלום<br>Hello &lt;b&gt;</p>' in html

"""What stands beside an entry of the audit log, for somebody who knows no code."""

from __future__ import annotations

import pytest
from django.utils import translation

from qafila.businesses.models import Role
from qafila.web.pages.audit.words import detail_word, value_in_words


@pytest.mark.parametrize("role", list(Role))
def test_a_role_by_its_name(role: Role) -> None:
    with translation.override("ru"):
        said = value_in_words(role.value, "role")
    assert said != role.value
    assert not said.isascii()
    assert value_in_words(role.value, "name") == role.value, "a person may be called so"


def test_a_role_that_is_none_of_ours_stays_as_it_is() -> None:
    assert value_in_words("<b>", "role") == "<b>"


def test_lists_and_switches() -> None:
    assert value_in_words([True, "a"], "changed") == "yes, a"


def test_an_unknown_detail_keeps_its_name() -> None:
    assert detail_word("whole_code") == "whole code"

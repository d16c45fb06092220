"""A choice among hundreds reads as Django's own would have been written."""

from __future__ import annotations

import pytest
from defusedxml import ElementTree
from django import forms

from qafila.web.pages.account.fields import LongSelect

CHOICES = [("", "None"), ("Asia/Jerusalem", "Asia/Jerusalem"), ('<"&', 'Less < & "more"')]


def as_written(
    widget: forms.Widget, value: object
) -> tuple[dict[str, str], list[tuple[dict[str, str], str]]]:
    html = widget.render("zone", value, attrs={"id": "id_zone", "required": True, "disabled": False})
    root = ElementTree.fromstring(
        html.replace(" required", ' required=""').replace(" selected", ' selected=""')
    )
    return dict(root.attrib), [(dict(option.attrib), option.text or "") for option in root]


@pytest.mark.parametrize("value", ["", None, "Asia/Jerusalem", '<"&', "not there"])
def test_the_same_as_djangos(value: object) -> None:
    ours = as_written(LongSelect(choices=CHOICES, attrs={"class": "wide"}), value)
    djangos = as_written(forms.Select(choices=CHOICES, attrs={"class": "wide"}), value)
    assert ours == djangos
    assert len(ours[1]) == len(CHOICES)

"""What ``clock.js`` writes while a page stands open has the units and figures of what the server wrote."""

from __future__ import annotations

import json
import re
from pathlib import Path

from qafila.web import ui
from qafila.web.ui import relative

CLOCK = Path(ui.__file__).parents[1] / "static/qafila/js/clock.js"


def test_the_units_are_the_servers() -> None:
    units = re.search(r"const UNITS = (\[.*\]);", CLOCK.read_text("utf-8"))
    assert units
    assert json.loads(units.group(1)) == [list(unit) for unit in relative._UNITS]


def test_the_figures_are_the_servers() -> None:
    """No Arabic-Indic digits, and "1 day ago" where the server says so, not "yesterday"."""
    said = CLOCK.read_text("utf-8")
    assert 'numberingSystem: "latn"' in said
    assert 'numeric: "always"' in said

"""Countries stand in lists by their names, in each of our languages."""

from __future__ import annotations

import pytest

from qafila.kit import phones


@pytest.mark.parametrize(
    ("language", "egypt", "israel"),
    [
        ("en", "Egypt", "Israel"),
        ("ar", "مصر", "إسرائيل"),
        ("he", "מצרים", "ישראל"),
        ("ru", "Египет", "Израиль"),
    ],
)
def test_by_name_and_in_its_order(language: str, egypt: str, israel: str) -> None:
    found = phones.regions(language)
    assert ("EG", egypt, 20) in found
    assert ("IL", israel, 972) in found
    names = [name.casefold() for _code, name, _calling in found]
    assert names == sorted(names)
    assert all(phones.is_region(code) and name != code for code, name, _calling in found)
    assert len(found) > 240

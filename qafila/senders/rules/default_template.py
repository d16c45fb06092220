"""What a default template looks like."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from qafila.businesses.refusals import Refused

_NAME = re.compile(r"[a-z0-9_]{1,512}\Z")
_LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Za-z]{2,4})?\Z")
_VARIABLE = re.compile(r"[a-z0-9_]{1,60}\Z")


def read(given: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The template as it is kept: exactly ``name``, ``language`` and ``variable`` (None where it was left out).

    :raises Refused: ``default_template_invalid``.
    """
    if given is None:
        return None
    name, language, variable = given.get("name"), given.get("language"), given.get("variable")
    good = (
        set(given) <= {"name", "language", "variable"}
        and isinstance(name, str)
        and _NAME.match(name)
        and isinstance(language, str)
        and _LANGUAGE.match(language)
        and (variable is None or (isinstance(variable, str) and _VARIABLE.match(variable)))
    )
    if not good:
        raise Refused(
            "default_template_invalid",
            'A default template is {"name": "order_update", "language": "en", "variable": null}: name and language as the '
            "provider writes them, and the name of its one variable (null for a numbered one).",
        )
    return {"name": name, "language": language, "variable": variable}

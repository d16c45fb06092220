"""Names and phone numbers in toasts and questions, where no markup can stand: they turn no sentence around, and it not them."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.test import Client
from django.utils import translation

import qafila.web
from qafila.senders.models import Sender
from qafila.web.ui import figures
from tests.web.world import World

WEB = Path(qafila.web.__file__).parent
NAMES = {"business", "name", "networks", "other", "who"}
"""Places of our sentences that hold what people wrote."""
ELSEWHERE = {
    "pages/campaigns/copying.py",  # the name of a copy
    "pages/new_contract/downloads.py",  # the name of a file
    "pages/people/inviting.py",  # an e-mail
}
"""Modules whose texts with names are no notices."""
LTR, FIRST, POP = "\u2066", "\u2068", "\u2069"


def filled() -> Iterator[tuple[str, str]]:
    """Each place of a sentence that is filled with what people wrote: where it stands, and what fills it."""
    for path in sorted(WEB.rglob("*.py")):
        where = path.relative_to(WEB).as_posix()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            is_filling = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod)
            if where not in ELSEWHERE and is_filling and isinstance(node.right, ast.Dict):
                for key, value in zip(node.right.keys, node.right.values, strict=True):
                    if isinstance(key, ast.Constant) and key.value in NAMES:
                        yield f"{where}:{node.lineno} {key.value}", ast.unparse(value)


def test_every_name_in_a_sentence_is_isolated() -> None:
    found = list(filled())
    assert len(found) > 30
    assert [where for where, code in found if not code.startswith("figures.isolated(")] == []


@pytest.mark.parametrize(
    ("language", "given", "shown"),
    [
        ("ar", "Spring (2)", f"{FIRST}Spring (2){POP}"),
        ("he", "+20 100 000 0077", f"{LTR}+20 100 000 0077{POP}"),
        ("ar", "list_03.xlsx", f"{FIRST}list_03.xlsx{POP}"),
        ("en", "قافلة (2)", f"{FIRST}قافلة (2){POP}"),
        ("en", "Spring (2)", "Spring (2)"),
        ("ru", "+7 999 123", "+7 999 123"),
    ],
)
def test_what_runs_the_other_way_is_isolated(language: str, given: str, shown: str) -> None:
    with translation.override(language):
        assert figures.isolated(given) == shown


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Spring (2)", f"{FIRST}Spring (2){POP}"),
        ("+20 100 000 0077", f"{LTR}+20 100 000 0077{POP}"),
    ],
)
def test_an_arabic_toast_stays_arabic(
    world: World, browser: Callable[..., Client], name: str, shown: str
) -> None:
    Sender.objects.filter(pk=world.here.sender.pk).update(name=name)
    owner = browser(world.here.people["owner"])
    owner.cookies["django_language"] = "ar"
    page = owner.post(f"/senders/{world.here.sender.public_id}/pause", follow=True).content.decode()
    toast = re.search(r'data-toast="success">.*?<span([^>]*)>([^<]+)</span>', page, re.DOTALL)
    assert toast is not None
    assert shown in toast[2]
    # By its first letter a browser would take the sentence for an English one.
    assert toast[1] == ""

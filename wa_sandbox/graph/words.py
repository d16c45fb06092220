"""Small checks on the body of a request, answered in Meta's words."""

from collections.abc import Iterable
from typing import Any

from wa_sandbox.graph.errors import Refusal


def missing(name: str) -> Refusal:
    """`(#100) The parameter x is required.`"""
    return Refusal(100, title=f"The parameter {name} is required.", plain=True)


def wrong(name: str, what: str) -> Refusal:
    """`(#100) Param x must be ...`"""
    return Refusal(100, title=f"Param {name} {what}.", plain=True)


def invalid(details: str) -> Refusal:
    """131009 with details: a value WhatsApp does not take."""
    return Refusal(131009, details=details)


def lacking(details: str) -> Refusal:
    """131008 with details: something WhatsApp needs."""
    return Refusal(131008, details=details)


def not_one_of(name: str, allowed: Iterable[str], got: Any) -> Refusal:
    """`(#100) Param x must be one of {A, B} - got "c".`"""
    return wrong(name, f'must be one of {{{", ".join(allowed)}}} - got "{str(got)[:60]}"')


def check_product(given: dict[str, Any]) -> None:
    """`messaging_product` must be there and "whatsapp", in any case of letters. Raises Refusal."""
    product = given.get("messaging_product")
    if product is None:
        raise missing("messaging_product")
    if str(product).lower() != "whatsapp":
        raise not_one_of("messaging_product", ("WHATSAPP",), product)


def whole_number(value: Any, *, low: int, high: int) -> int | None:
    """A whole number, perhaps written as text, between two bounds; None for anything else, however long it is."""
    text = str(value)
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal()) or len(digits) > 18:
        return None
    number = int(text)
    return number if low <= number <= high else None


def text_in(
    holder: dict[str, Any], key: str, name: str, *, at_most: int, required: bool = True
) -> str | None:
    """A text of at most so many characters, or None when it is absent and need not be there. Raises Refusal."""
    value = holder.get(key)
    if value is None or value == "":
        if required:
            raise missing(name)
        return None
    if not isinstance(value, str):
        raise wrong(name, "must be a string")
    if len(value) > at_most:
        raise wrong(name, f"must be at most {at_most} characters long")
    return value


def object_in(holder: dict[str, Any], key: str, name: str) -> dict[str, Any]:
    """An object that must be there. Raises Refusal."""
    value = holder.get(key)
    if value is None:
        raise missing(name)
    if not isinstance(value, dict):
        raise wrong(name, "must be a JSON object")
    return value


def objects_in(holder: dict[str, Any], key: str, name: str) -> list[dict[str, Any]]:
    """A list of objects that must be there and not empty. Raises Refusal."""
    value = holder.get(key)
    if value is None or value == []:
        raise missing(name)
    if not isinstance(value, list) or not all(isinstance(part, dict) for part in value):
        raise wrong(name, "must be an array of JSON objects")
    return value


def number_in(holder: dict[str, Any], key: str, name: str, *, low: float, high: float) -> float:
    """A number, perhaps written as text, between two bounds. Raises Refusal."""
    value = holder.get(key)
    if value is None or value == "":
        raise missing(name)
    try:
        number = float(value)
    except (TypeError, ValueError) as failure:
        raise wrong(name, "must be a number") from failure
    if not low <= number <= high:
        raise wrong(name, f"must be between {low:g} and {high:g}")
    return number

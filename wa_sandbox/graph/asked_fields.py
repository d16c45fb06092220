"""`?fields=`: names, each with what is asked of its value: `id,owner_business_info{id,name},message_templates.limit(5)`."""

from typing import Any

from wa_sandbox.graph.errors import Refusal

_OPEN, _CLOSE = "{(", "})"


def asked_fields(text: str) -> dict[str, str]:
    """The names in order, each with the text in its braces ("" without). Raises Refusal (2500) for braces that do not close.

    Modifiers (`.limit(5)`, `.summary(true)`) are taken off.
    """
    asked: dict[str, str] = {}
    for part in _parts(text):
        name = part.split("{", 1)[0].split("(", 1)[0].split(".", 1)[0]
        inner = part.partition("{")[2]
        asked[name] = inner.removesuffix("}") if inner else ""
    return asked


def narrowed(value: Any, inner: str) -> Any:
    """A value with only the keys that the braces name; a value without keys, or no braces: as it is. Raises Refusal."""
    if not inner:
        return value
    if isinstance(value, list):
        return [narrowed(one, inner) for one in value]
    if not isinstance(value, dict):
        return value
    return {name: narrowed(value[name], more) for name, more in asked_fields(inner).items() if name in value}


def _parts(text: str) -> list[str]:
    """The text split at the commas that stand in no braces, without white space and empty parts."""
    parts, current, waiting = [], "", []
    for letter in text:
        if letter in _OPEN:
            waiting.append(_CLOSE[_OPEN.index(letter)])
        elif letter in _CLOSE and (not waiting or waiting.pop() != letter):
            raise _unbalanced(letter)
        if letter == "," and not waiting:
            parts.append(current)
            current = ""
        elif not letter.isspace():
            current += letter
    if waiting:
        raise _unbalanced(waiting[-1])
    return [part for part in (*parts, current) if part]


def _unbalanced(letter: str) -> Refusal:
    return Refusal(
        2500,
        title=f'Syntax error in the fields asked for: "{letter}" does not match.',
        http_status=400,
        plain=True,
    )

"""Builds dataclasses from JSON objects, refusing unknown keys and wrong types with a sentence that names them."""

import types
from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")

_HINTS: dict[type[Any], dict[str, Any]] = {}


class BadInput(ValueError):
    """A value from a configuration file or an admin call that cannot be used; the text says which and why."""


def build(cls: type[T], data: Mapping[str, Any], where: str) -> T:
    """A `cls` made of `data`. `where` names the place for the message. Raises BadInput."""
    known = _hints(cls)
    check(cls, data, where)
    missing = [name for name in _required(cls) if name not in data]
    if missing:
        raise BadInput(f"{where}: {', '.join(missing)} must be given.")
    return cls(**{name: value for name, value in data.items() if name in known})


def check(cls: type[Any], data: Mapping[str, Any], where: str) -> None:
    """Refuse unknown keys and wrong types in `data` for `cls`, without building it. Raises BadInput."""
    if not isinstance(data, Mapping):
        raise BadInput(f"{where}: a JSON object is expected.")
    known = _hints(cls)
    for name, value in data.items():
        if name not in known:
            raise BadInput(f"{where}: unknown key {name!r}. Known keys: {', '.join(sorted(known))}.")
        if not _fits(value, known[name]):
            raise BadInput(f"{where}: {name} has the wrong type or an unknown value: {value!r}.")


def given_fields(record: Any) -> dict[str, Any]:
    """The fields of a record that can be given, as a dict: the reverse of `build`."""
    return {name: getattr(record, name) for name in _hints(type(record))}


def _hints(cls: type[Any]) -> dict[str, Any]:
    known = _HINTS.get(cls)
    if known is None:
        hints = get_type_hints(cls)
        known = _HINTS[cls] = {field.name: hints[field.name] for field in fields(cls) if field.init}
    return known


def _required(cls: type[Any]) -> list[str]:
    return [
        field.name
        for field in fields(cls)
        if field.init and field.default is MISSING and field.default_factory is MISSING
    ]


def _fits(value: Any, hint: Any) -> bool:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return any(_fits(value, part) for part in get_args(hint))
    if origin is Literal:
        return value in get_args(hint)
    if hint is Any:
        return True
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if hint is type(None):
        return value is None
    if not isinstance(value, origin or hint):
        return False
    parts = value.values() if origin is dict else value if origin is list else ()
    return all(_fits(part, get_args(hint)[-1]) for part in parts)

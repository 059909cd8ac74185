"""Type hints as JSON Schema, and their values: JSON that the server has checked."""

from __future__ import annotations

import collections.abc
import datetime
import decimal
import pathlib
import types
import typing
import uuid
from typing import Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

from deepaas_worker.fields.faults import FieldsError, Invalid, pointer_step
from deepaas_worker.fields.json_form import Json, Schema, file_schema, fits, is_file_schema
from deepaas_worker.fields.keywords import nullable

Load = Callable[[object], object]


class Hint(NamedTuple):
    schema: Schema
    #: Raises `Invalid`. None: the value stays as it is.
    load: Optional[Load] = None
    #: True for a file that may be left out: the model receives None.
    optional_file: bool = False


_NONE = type(None)
_UNIONS = (typing.Union, getattr(types, "UnionType", typing.Union))
_LISTS = (list, collections.abc.Sequence, collections.abc.Iterable, collections.abc.Collection)
_SETS = (set, frozenset, collections.abc.Set, collections.abc.MutableSet)
_DICTIONARIES = (dict, collections.abc.Mapping, collections.abc.MutableMapping)
_ANYTHING = (typing.Any, object)


def hint_of(kind: object) -> Hint:
    """Raises `FieldsError` for a type that has no JSON form."""
    origin, parts = typing.get_origin(kind), typing.get_args(kind)
    if kind in _ANYTHING or isinstance(kind, typing.TypeVar):
        return Hint({})
    if origin is None and kind in _scalars():
        return _scalars()[kind]
    if getattr(kind, "__name__", "") == "UploadedFile":
        return Hint(file_schema())
    if origin in _UNIONS:
        return _union(parts)
    if hasattr(kind, "__supertype__"):
        return hint_of(kind.__supertype__)  # NewType
    if hasattr(kind, "__value__"):
        return hint_of(kind.__value__)  # type X = …
    container = _container(kind if origin is None else origin, parts)
    if container is not None:
        return container
    # Only here: these modules use this one.
    from deepaas_worker.fields.hint_annotations import annotated_hint
    from deepaas_worker.fields.hint_classes import class_hint

    if origin is typing.Annotated:
        return annotated_hint(parts[0], kind.__metadata__)  # type: ignore[attr-defined]
    found = class_hint(kind, parts)
    if found is None:
        shown = kind.__qualname__ if isinstance(kind, type) else str(kind)
        raise FieldsError(
            f"the type {shown} has no JSON form: use another type, or declare the arguments with get_predict_args() or "
            "get_train_args()"
        )
    return found


def load_items(load: Load, value: object) -> List[object]:
    loaded = []
    for index, item in enumerate(typing.cast(Sequence[object], value)):
        try:
            loaded.append(load(item))
        except Invalid as error:
            raise Invalid(error.message, pointer_step(index) + error.pointer) from error
    return loaded


def load_members(
    loads: "typing.Mapping[str, Optional[Load]]", value: object, other: Optional[Load] = None
) -> Dict[str, object]:
    loaded = {}
    for name, member in typing.cast(Dict[str, object], value).items():
        load = loads.get(name, other)
        try:
            loaded[name] = member if load is None else load(member)
        except Invalid as error:
            raise Invalid(error.message, pointer_step(name) + error.pointer) from error
    return loaded


def _container(kind: object, parts: Tuple[object, ...]) -> Optional[Hint]:
    if kind in _LISTS:
        item = hint_of(parts[0]) if parts else Hint({})
        load = item.load
        return Hint({"type": "array", "items": item.schema}, load and (lambda value: load_items(load, value)))
    if kind in _SETS:
        item = hint_of(parts[0]) if parts else Hint({})
        make = frozenset if kind is frozenset else set
        each: Load = item.load or (lambda one: one)
        return Hint(
            {"type": "array", "items": item.schema, "uniqueItems": True}, lambda value: make(load_items(each, value))
        )
    if kind is tuple:
        return _tuple(parts)
    if kind in _DICTIONARIES:
        if parts and parts[0] not in (str, *_ANYTHING):
            raise FieldsError("the names of a JSON object are strings: the keys of a dictionary must be str")
        member = hint_of(parts[1]) if parts else Hint({})
        schema: Schema = {"type": "object", **({"additionalProperties": member.schema} if member.schema else {})}
        return Hint(schema, member.load and (lambda value: load_members({}, value, member.load)))
    return None


def _tuple(parts: Tuple[object, ...]) -> Hint:
    if not parts or (len(parts) == 2 and parts[1] is Ellipsis):
        item = hint_of(parts[0]) if parts else Hint({})
        each: Load = item.load or (lambda one: one)
        return Hint({"type": "array", "items": item.schema}, lambda value: tuple(load_items(each, value)))
    hints = [hint_of(part) for part in parts if part != ()]
    loads = {str(index): hint.load for index, hint in enumerate(hints)}
    items: Json = [hint.schema for hint in hints]
    length = len(hints)

    def load(value: object) -> object:
        by_index = {str(index): item for index, item in enumerate(typing.cast(Sequence[object], value))}
        return tuple(load_members(loads, by_index).values())

    return Hint({"type": "array", "prefixItems": items, "items": False, "minItems": length, "maxItems": length}, load)


def _union(parts: Tuple[object, ...]) -> Hint:
    branches = [hint_of(part) for part in parts if part is not _NONE]
    may_be_none = len(branches) < len(parts)
    if any(is_file_schema(branch.schema) for branch in branches) and len(branches) > 1:
        raise FieldsError("a file cannot be one of several types")
    one = branches[0] if len(branches) == 1 else _any_of(branches)
    if not may_be_none:
        return one
    load = one.load
    return Hint(
        nullable(one.schema),
        load and (lambda value: None if value is None else load(value)),
        optional_file=is_file_schema(one.schema),
    )


def _any_of(branches: Sequence[Hint]) -> Hint:
    schemas: Json = [branch.schema for branch in branches]

    def load(value: object) -> object:
        """The first branch that takes the value."""
        failed: Optional[Invalid] = None
        for branch in branches:
            if not fits(branch.schema, typing.cast(Json, value)):
                continue
            try:
                return value if branch.load is None else branch.load(value)
            except Invalid as error:
                failed = failed or error
        raise failed or Invalid("Is not valid.")

    return Hint({"anyOf": schemas}, load if any(branch.load for branch in branches) else None)


def _made_with(make: Callable[[str], object], sentence: str) -> Load:
    def load(value: object) -> object:
        try:
            return make(typing.cast(str, value))
        except (ValueError, ArithmeticError) as error:
            raise Invalid(sentence) from error

    return load


def _iso(text: str) -> str:
    """Python reads a `Z` since 3.11."""
    return f"{text[:-1]}+00:00" if text.endswith(("Z", "z")) else text


def _content(value: object) -> object:
    with open(value.filename, "rb") as file:  # type: ignore[attr-defined]
        return file.read()


def _text(name: str) -> Schema:
    return {"type": "string", "format": name}


def _scalars() -> Dict[object, Hint]:
    return {
        str: Hint({"type": "string"}),
        int: Hint({"type": "integer"}, int),  # type: ignore[arg-type]
        float: Hint({"type": "number"}, float),  # type: ignore[arg-type]
        bool: Hint({"type": "boolean"}),
        _NONE: Hint({"type": "null"}),
        None: Hint({"type": "null"}),
        bytes: Hint(file_schema(), _content),
        datetime.datetime: Hint(
            _text("iso-date-time"),
            _made_with(lambda text: datetime.datetime.fromisoformat(_iso(text)), "Not a valid datetime."),
        ),
        datetime.date: Hint(_text("date"), _made_with(datetime.date.fromisoformat, "Not a valid date.")),
        datetime.time: Hint(
            _text("iso-time"), _made_with(lambda text: datetime.time.fromisoformat(_iso(text)), "Not a valid time.")
        ),
        datetime.timedelta: Hint(
            {"type": "number", "description": "seconds"},
            _made_with(lambda seconds: datetime.timedelta(seconds=float(seconds)), "Not a valid period of time."),
        ),
        decimal.Decimal: Hint(
            {"type": "number"}, _made_with(lambda number: decimal.Decimal(str(number)), "Not a valid number.")
        ),
        uuid.UUID: Hint(_text("uuid"), _made_with(uuid.UUID, "Not a valid UUID.")),
        pathlib.Path: Hint({"type": "string"}, pathlib.Path),  # type: ignore[arg-type]
    }

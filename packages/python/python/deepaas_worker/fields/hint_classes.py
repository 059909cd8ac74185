"""Type hints with members: Literal, Enum, dataclass, TypedDict and the models of pydantic."""

from __future__ import annotations

import dataclasses
import enum
import typing
from typing import Dict, List, Optional, Tuple

from deepaas_worker.fields.faults import FieldsError, Invalid, pointer_step
from deepaas_worker.fields.hint_types import Hint, Load, hint_of, load_members
from deepaas_worker.fields.json_form import Json, Schema, fits, plain
from deepaas_worker.fields.plain_value import member_form, plain_value

_TYPE_NAMES = {str: "string", bool: "boolean", int: "integer"}
_QUALIFIERS = ("Required", "NotRequired", "ReadOnly")
#: The classes that are being converted: one that has itself as a member has no end.
_open: List[type] = []


def class_hint(kind: object, parts: Tuple[object, ...]) -> Optional[Hint]:
    """Returns None for another kind of type."""
    if typing.get_origin(kind) is typing.Literal:
        return _literal(parts)
    if not isinstance(kind, type):
        return None
    if issubclass(kind, enum.Enum):
        members = {member_form(member): member for member in kind}
        return Hint(_choices(list(members)), lambda value: members[value])  # type: ignore[index]
    if kind in _open:
        raise FieldsError(f"the type {kind.__qualname__} has itself as a member")
    _open.append(kind)
    try:
        if dataclasses.is_dataclass(kind):
            return _dataclass(kind)
        if typing.is_typeddict(kind) if hasattr(typing, "is_typeddict") else hasattr(kind, "__total__"):
            return _typed_dict(kind)
        return _pydantic_model(kind) if hasattr(kind, "model_json_schema") else None
    finally:
        _open.pop()


def _literal(parts: Tuple[object, ...]) -> Hint:
    members: List[Tuple[Json, object]] = []
    for part in parts:
        try:
            members.append((plain_value(part), part))
        except ValueError as error:
            raise FieldsError(f"{part!r} of the Literal has no JSON form") from error
    schema = _choices([form for form, _part in members])
    if not any(isinstance(part, enum.Enum) for part in parts):
        return Hint(schema)

    def load(value: object) -> object:
        return next(part for form, part in members if form == value)

    return Hint(schema, load)


def _choices(forms: List[Json]) -> Schema:
    kinds = {type(form) for form in forms}
    name = _TYPE_NAMES.get(next(iter(kinds))) if len(kinds) == 1 else None
    return {**({} if name is None else {"type": name}), "enum": forms}


def _dataclass(kind: type) -> Hint:
    hints = typing.get_type_hints(kind, include_extras=True)
    properties: Dict[str, Json] = {}
    required: List[Json] = []
    loads: Dict[str, Optional[Load]] = {}
    for member in dataclasses.fields(kind):
        if not member.init:
            continue
        hint = _member(kind, member.name, hints[member.name])
        loads[member.name] = hint.load
        schema = dict(hint.schema)
        if member.default is not dataclasses.MISSING:
            schema.update(_default(hint, member.default))
        elif member.default_factory is dataclasses.MISSING:
            required.append(member.name)
        properties[member.name] = schema

    def load(value: object) -> object:
        members = load_members(loads, value)
        try:
            return kind(**members)
        except (ValueError, TypeError) as error:
            # Of the author's `__post_init__`.
            raise Invalid(str(error) or "Is not valid.") from error

    return Hint(_closed(properties, required), load)


def _default(hint: Hint, default: object) -> Schema:
    try:
        form = plain_value(default)
    except ValueError:
        return {}
    return {"default": form} if fits(hint.schema, form) else {}


def _typed_dict(kind: type) -> Hint:
    properties: Dict[str, Json] = {}
    loads: Dict[str, Optional[Load]] = {}
    for name, one in typing.get_type_hints(kind, include_extras=True).items():
        hint = _member(kind, name, _unqualified(one))
        properties[name] = hint.schema
        loads[name] = hint.load
    required: List[Json] = [name for name in properties if name in kind.__required_keys__]  # type: ignore[attr-defined]
    load: Load = lambda value: load_members(loads, value)  # noqa: E731
    return Hint(_closed(properties, required), load if any(loads.values()) else None)


def _unqualified(kind: object) -> object:
    """`NotRequired[int]` is said by the required keys already."""
    while getattr(typing.get_origin(kind), "_name", None) in _QUALIFIERS:
        kind = typing.get_args(kind)[0]
    return kind


def _member(kind: type, name: str, one: object) -> Hint:
    try:
        hint = hint_of(one)
    except FieldsError as error:
        raise FieldsError(f"{name} of {kind.__qualname__}: {error}") from error
    if hint.schema.get("format") == "binary":
        raise FieldsError(f"{name} of {kind.__qualname__}: a file must be an argument of its own")
    return hint


def _closed(properties: Dict[str, Json], required: List[Json]) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        **({"required": required} if required else {}),
        "additionalProperties": False,
    }


def _pydantic_model(kind: type) -> Hint:
    schema = plain(kind.model_json_schema())  # type: ignore[attr-defined]

    def load(value: object) -> object:
        try:
            return kind.model_validate(value)  # type: ignore[attr-defined]
        except ValueError as error:
            details = error.errors() if hasattr(error, "errors") else []
            if not details:
                raise Invalid(str(error)) from error
            place = "".join(pointer_step(step) for step in details[0]["loc"])
            raise Invalid(details[0]["msg"], place) from error

    return Hint(typing.cast(Schema, schema), load)

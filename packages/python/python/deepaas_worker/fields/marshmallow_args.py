"""Arguments as marshmallow fields or as a Schema. marshmallow itself loads the values: its rules hold, and its sentences."""

from __future__ import annotations

import copy
from typing import Dict, List, Mapping, Set

import marshmallow
from marshmallow import fields

from deepaas_worker.fields.faults import FieldsError, InvalidArgs
from deepaas_worker.fields.json_form import Json, Schema, is_file_schema, plain, same
from deepaas_worker.fields.keywords import optional
from deepaas_worker.fields.marshmallow_fields import (
    external_name,
    field_schema,
    is_own_default,
    loaded_fields,
    object_schema,
)
from deepaas_worker.fields.marshmallow_issues import issues_from

#: What an `accept` argument may be in addition to the author's choices: the server adds it, as the original does.
_ANY_MEDIA_TYPE = "*/*"


class MarshmallowArgs:
    def __init__(self, source: object) -> None:
        plain_fields: Dict[str, Schema] = {}
        if isinstance(source, Mapping):
            plain_fields, source = _plain_fields_of(source)
        self._schema = _schema_of(source)
        if self._schema.many:
            raise FieldsError("a Schema with many=True is a list, but the arguments are an object")
        self._fields = loaded_fields(self._schema)
        self._names = {external_name(name, field): name for name, field in self._fields.items()}
        self._plain_names = set(plain_fields)
        self.declared: Dict[str, Schema] = {
            **{external_name(name, field): _declared(field) for name, field in self._fields.items()},
            **plain_fields,
        }
        self._files = {name for name in self._names if is_file_schema(self.declared[name])}
        #: Defaults that are loaded as another value than the author's, which the model expects.
        self._own_defaults: Dict[str, Json] = {
            name: self.declared[name]["default"]
            for name, attribute in self._names.items()
            if "default" in self.declared[name]
            and is_own_default(self._fields[attribute], self.declared[name]["default"])
        }
        _take_lists(self._fields)

    def load(self, values: Mapping[str, object]) -> Dict[str, object]:
        held: Dict[str, object] = {}
        given: Dict[str, object] = {}
        for name, value in values.items():
            if name in self._plain_names:
                continue
            if name in self._files or (name == "accept" and value == _ANY_MEDIA_TYPE):
                held[self._names[name]] = value
            elif not self._is_own_default(name, value):
                given[name] = value
        try:
            loaded = self._schema.load(given, partial=tuple(held) or None, unknown=marshmallow.EXCLUDE)
        except marshmallow.ValidationError as error:
            raise InvalidArgs(issues_from(error.messages, self._schema)) from error
        if not isinstance(loaded, Mapping):
            raise TypeError(f"the Schema made a {type(loaded).__name__} of the arguments, not a dictionary")
        rest = {name: values[name] for name in self._plain_names if name in values}
        return {**self._in_order(loaded, held, given), **rest}

    def _is_own_default(self, name: str, value: object) -> bool:
        if name not in self._own_defaults:
            return False
        try:
            return same(plain(value), self._own_defaults[name])
        except ValueError:
            return False

    def _in_order(
        self, loaded: Mapping[str, object], held: Mapping[str, object], given: Mapping[str, object]
    ) -> Dict[str, object]:
        ordered: Dict[str, object] = {}
        for attribute, field in self._fields.items():
            name = field.attribute or attribute
            if attribute in held:
                ordered[name] = held[attribute]
            elif name in loaded:
                value = loaded[name]
                is_shared = isinstance(value, (list, dict, set)) and external_name(attribute, field) not in given
                # A model that changes its default must not change that of the next call.
                ordered[name] = copy.deepcopy(value) if is_shared else value
        return {**ordered, **{name: value for name, value in loaded.items() if name not in ordered}}


def response_schema(schema: object) -> Schema:
    """The result of `predict` as one schema. As in the original, members that are not declared are refused."""
    if isinstance(schema, Mapping):
        plain_fields, own_fields = _plain_fields_of(schema)
        if plain_fields:
            raise FieldsError(f"{next(iter(plain_fields))}: a JSON Schema among marshmallow fields")
        schema = own_fields
    made = _schema_of(schema)
    one = object_schema(made)
    return {"type": "array", "items": one} if made.many else one


def _declared(field: fields.Field) -> Schema:
    schema = field_schema(field)
    return schema if field.required or "default" in schema else optional(schema)


def _schema_of(source: object) -> marshmallow.Schema:
    try:
        if isinstance(source, Mapping):
            return marshmallow.Schema.from_dict(dict(source))()
        return source() if isinstance(source, type) else source  # type: ignore[return-value]
    except (TypeError, ValueError) as error:
        raise FieldsError(str(error)) from error


def _plain_fields_of(source: Mapping[str, object]) -> "tuple[Dict[str, Schema], Dict[str, object]]":
    """A dictionary may have JSON Schemas among its fields."""
    plain_fields: Dict[str, Schema] = {}
    others: Dict[str, object] = {}
    for name, field in source.items():
        if isinstance(field, Mapping):
            plain_fields[name] = plain(field)  # type: ignore[assignment]
        elif isinstance(field, (fields.Field, type)):
            others[name] = field
        else:
            raise FieldsError(f"{name}: {type(field).__name__} is neither a field nor a JSON Schema")
    return plain_fields, others


def _take_lists(all_fields: Mapping[str, fields.Field]) -> None:
    """Since webargs 6 a DelimitedList takes text only, but the server's values are lists."""
    pending: List[object] = list(all_fields.values())
    seen: Set[int] = set()
    while pending:
        field = pending.pop()
        if not isinstance(field, fields.Field) or id(field) in seen:
            continue
        seen.add(id(field))
        pending += [getattr(field, name, None) for name in ("inner", "value_field")]
        pending += getattr(field, "tuple_fields", [])
        for name, plain_class in (("DelimitedList", fields.List), ("DelimitedTuple", fields.Tuple)):
            if any(base.__name__ == name and base.__module__ == "webargs.fields" for base in type(field).__mro__):
                field.__class__ = _taking_lists(type(field), plain_class)


def _taking_lists(delimited: type, plain_class: type) -> type:
    class TakesLists(delimited):  # type: ignore[misc]
        def _deserialize(self, value: object, attr: object, data: object, **options: object) -> object:
            load = plain_class if isinstance(value, (list, tuple)) else delimited
            return load._deserialize(self, value, attr, data, **options)  # type: ignore[attr-defined]

    return TakesLists

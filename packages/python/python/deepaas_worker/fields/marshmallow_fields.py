"""Fields of marshmallow and webargs as JSON Schema. It takes what marshmallow takes, or more: marshmallow checks again."""

from __future__ import annotations

import sys
from typing import Callable, Dict, FrozenSet, Iterable, List, Optional, Type

import marshmallow
from marshmallow import fields

from deepaas_worker.fields.annotations import annotations_of, metadata_choices
from deepaas_worker.fields.json_form import Json, Schema, file_schema, fits, plain
from deepaas_worker.fields.keywords import nullable, with_rules
from deepaas_worker.fields.marshmallow_rules import serialised, with_validators

#: The Schema classes that a field is nested in: what refers to one of them would have no end.
Nesting = FrozenSet[type]
_OUTERMOST: Nesting = frozenset()

_LOADERS = ("deserialize", "_deserialize", "_validated", "_format_num")


def field_schema(field: fields.Field, nesting: Nesting = _OUTERMOST) -> Schema:
    """The schema of a field, with its default and what the documents show, but not whether it may be left out."""
    file = _file_schema(field)
    if file is not None:
        return {**annotations_of(field.metadata, file), **file}
    schema = _bare_schema(field, nesting)
    if schema:
        schema = _with_choices(with_validators(schema, field), field)
    schema = {**schema, **annotations_of(field.metadata, schema)}
    if field.allow_none:
        schema = nullable(schema)
    return {**schema, **_default(field, schema)}


def loaded_fields(schema: marshmallow.Schema) -> Dict[str, fields.Field]:
    """The fields that take values, by attribute, as they were declared: older versions of marshmallow shuffle them."""
    names = [name for name in schema.declared_fields if name in schema.load_fields]
    names += [name for name in schema.load_fields if name not in schema.declared_fields]
    return {name: schema.load_fields[name] for name in names}


def external_name(name: str, field: fields.Field) -> str:
    return name if field.data_key is None else field.data_key


def object_schema(schema: marshmallow.Schema, unknown: Optional[str] = None, nesting: Nesting = _OUTERMOST) -> Schema:
    inner = nesting | {type(schema)}
    properties: Dict[str, Json] = {}
    required: List[Json] = []
    for name, field in loaded_fields(schema).items():
        properties[external_name(name, field)] = field_schema(field, inner)
        if field.required:
            required.append(external_name(name, field))
    is_closed = (unknown or schema.unknown) == marshmallow.RAISE
    return {
        "type": "object",
        "properties": properties,
        **({"required": required} if required else {}),
        **({"additionalProperties": False} if is_closed else {}),
    }


def _file_schema(field: fields.Field) -> Optional[Schema]:
    inner = getattr(field, "inner", None)
    if _is_file(field):
        return file_schema() if inner is None else {"type": "array", "items": file_schema()}
    if inner is not None and _is_file(inner):
        return {"type": "array", "items": file_schema()}
    return None


def _is_file(field: fields.Field) -> bool:
    return field.metadata.get("type") == "file" or field.metadata.get("location") == "files"


def _with_choices(schema: Schema, field: fields.Field) -> Schema:
    """`enum` in the metadata is documentation in the original; here it is enforced, for a list on its items."""
    choices = metadata_choices(field.metadata)
    if choices is None:
        return schema
    if schema.get("type") == "array" and not any(isinstance(choice, list) for choice in choices):
        return with_rules(schema, {"items": {"enum": choices}})
    return with_rules(schema, {"enum": choices})


def _default(field: fields.Field, schema: Schema) -> Schema:
    """A default that the field itself would take; another one is filled in by marshmallow, unseen by the documents."""
    default = field.load_default
    if default is marshmallow.missing or callable(default):
        return {}
    if default is None:
        return {"default": None} if field.allow_none else {}
    try:
        form = plain(default) if type(field) is fields.Constant else serialised(field, default)
        field.deserialize(form)
    except Exception:
        # The author's own code: whatever it raises, the default has no JSON form.
        return {}
    return {"default": form} if fits(schema, form) else {}


def _bare_schema(field: fields.Field, nesting: Nesting) -> Schema:
    """The schema of the field's class. An own class that reads values in its own way takes anything."""
    if getattr(field, "pre_load", None):
        return {}
    conversions = _conversions()
    for known in type(field).__mro__:
        convert = conversions.get(known)
        if convert is not None:
            if any(getattr(type(field), name, None) is not getattr(known, name, None) for name in _LOADERS):
                return {}
            return convert(field, nesting)
    return {}


def _list(field: fields.List, nesting: Nesting) -> Schema:
    return {"type": "array", "items": field_schema(field.inner, nesting)}


def _tuple(field: fields.Tuple, nesting: Nesting) -> Schema:
    items: Json = [field_schema(one, nesting) for one in field.tuple_fields]
    length = len(field.tuple_fields)
    return {"type": "array", "prefixItems": items, "items": False, "minItems": length, "maxItems": length}


def _mapping(field: fields.Mapping, nesting: Nesting) -> Schema:
    schema: Schema = {"type": "object"}
    if field.value_field is not None:
        schema["additionalProperties"] = field_schema(field.value_field, nesting)
    if field.key_field is not None:
        names = field_schema(field.key_field, nesting)
        # The names of JSON are strings: others are made of them by marshmallow.
        if names.get("type") == "string" and len(names) > 1:
            schema["propertyNames"] = names
    return schema


def _nested(field: fields.Nested, nesting: Nesting) -> Schema:
    inner = field.schema
    if type(inner) in nesting:
        one: Schema = {"type": "object"}
    else:
        one = object_schema(inner, field.unknown, nesting)
    return {"type": "array", "items": one} if field.many or inner.many else one


def _pluck(field: fields.Pluck, nesting: Nesting) -> Schema:
    one = field_schema(field.schema.fields[field.field_name], nesting)
    return {"type": "array", "items": one} if field.many else one


def _boolean(field: fields.Boolean, _nesting: Nesting) -> Schema:
    own = field.truthy != fields.Boolean.truthy or field.falsy != fields.Boolean.falsy
    return {} if own else {"type": "boolean"}


def _url(field: fields.Url, _nesting: Nesting) -> Schema:
    return {"type": "string"} if field.relative else {"type": "string", "format": "url"}


def _temporal(name: str) -> Callable[[fields.DateTime, Nesting], Schema]:
    def convert(field: fields.DateTime, _nesting: Nesting) -> Schema:
        if field.format in (None, "iso", "iso8601"):
            return {"type": "string", "format": name}
        return {"type": "number"} if field.format in ("timestamp", "timestamp_ms") else {"type": "string"}

    return convert


def _time_delta(field: fields.TimeDelta, _nesting: Nesting) -> Schema:
    return {"type": "number", "description": field.precision}


def _enum(field: fields.Enum, _nesting: Nesting) -> Schema:
    forms = []
    for member in field.enum if field.by_value else field.enum.__members__.values():
        try:
            form = serialised(field, member)
        except Exception:
            # The author's own values: without a JSON form only marshmallow can check them.
            return {}
        forms.append(form)
    kinds = {type(form) for form in forms}
    if kinds == {str}:
        return {"type": "string", "enum": forms}
    return {"type": "integer", "enum": forms} if kinds == {int} else {"enum": forms}


def _constantly(schema: Schema) -> Callable[[fields.Field, Nesting], Schema]:
    return lambda _field, _nesting: dict(schema)


_IP_FORMATS: Json = [{"type": "string", "format": "ipv4"}, {"type": "string", "format": "ipv6"}]

_BY_NAME: Dict[str, Callable[..., Schema]] = {
    "String": _constantly({"type": "string"}),
    "UUID": _constantly({"type": "string", "format": "uuid"}),
    "Url": _url,
    "Email": _constantly({"type": "string", "format": "email"}),
    "Integer": _constantly({"type": "integer"}),
    "Number": _constantly({"type": "number"}),
    "Float": _constantly({"type": "number"}),
    "Decimal": _constantly({"type": "number"}),
    "Boolean": _boolean,
    "DateTime": _temporal("iso-date-time"),
    "NaiveDateTime": _temporal("iso-date-time"),
    "AwareDateTime": _temporal("iso-date-time"),
    "Date": _temporal("date"),
    "Time": _temporal("iso-time"),
    "TimeDelta": _time_delta,
    "IP": _constantly({"anyOf": _IP_FORMATS}),
    "IPv4": _constantly({"type": "string", "format": "ipv4"}),
    "IPv6": _constantly({"type": "string", "format": "ipv6"}),
    "IPInterface": _constantly({"type": "string"}),
    "List": _list,
    "Tuple": _tuple,
    "DelimitedList": _list,
    "DelimitedTuple": _tuple,
    "Mapping": _mapping,
    "Dict": _mapping,
    "Nested": _nested,
    "Pluck": _pluck,
    "Enum": _enum,
}


def _conversions() -> Dict[Type[fields.Field], Callable[..., Schema]]:
    """By class: not every version has every class, and webargs may not be there."""
    known: Dict[Type[fields.Field], Callable[..., Schema]] = {}
    for module in _modules():
        for name, convert in _BY_NAME.items():
            found = getattr(module, name, None)
            if found is not None:
                known[found] = convert
    return known


def _modules() -> Iterable[object]:
    yield fields
    webargs = sys.modules.get("webargs.fields")
    if webargs is not None:
        yield webargs


def is_own_default(field: fields.Field, form: Json) -> bool:
    """True if the declared default `form` is not loaded as the very value that the author wrote."""
    try:
        loaded = field.deserialize(form)
        return not (type(loaded) is type(field.load_default) and bool(loaded == field.load_default))
    except Exception:
        # A comparison of arrays, for example.
        return True

"""The messages of a marshmallow ValidationError as issues with a place."""

from __future__ import annotations

from typing import List, Mapping, Optional, Union

import marshmallow
from marshmallow import fields

from deepaas_worker.fields.faults import MAX_ISSUES, Issue, pointer_step
from deepaas_worker.fields.marshmallow_fields import external_name

Place = Union[marshmallow.Schema, fields.Field, None]


def issues_from(messages: object, schema: marshmallow.Schema) -> List[Issue]:
    """
    The sentences as they are. What is said of an object as a whole has the step `_schema`, as in the body that clients of the
    original know.
    """
    issues: List[Issue] = []
    _collect(messages, "", schema, issues)
    return issues or [{"pointer": "", "message": "Invalid value."}]


def _collect(messages: object, pointer: str, place: Place, issues: List[Issue]) -> None:
    if len(issues) >= MAX_ISSUES:
        return
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            at = pointer + pointer_step(key)
            if isinstance(place, fields.Mapping) and isinstance(inner, Mapping) and set(inner) <= {"key", "value"}:
                _collect(inner.get("key", []), at, place.key_field, issues)
                _collect(inner.get("value", []), at, place.value_field, issues)
            else:
                _collect(inner, at, _part_of(place, key), issues)
    elif isinstance(messages, (list, tuple)):
        for message in messages:
            _collect(message, pointer, place, issues)
    else:
        issues.append({"pointer": pointer, "message": str(messages)})


def _part_of(place: Place, key: object) -> Place:
    if isinstance(place, fields.Tuple) and isinstance(key, int):
        return place.tuple_fields[key] if key < len(place.tuple_fields) else None
    if isinstance(place, fields.List):
        return place.inner
    if isinstance(place, fields.Nested):
        # Of a list of objects the key is the index.
        return place if isinstance(key, int) else _part_of(place.schema, key)
    if isinstance(place, marshmallow.Schema):
        return _field_named(place, key)
    return None


def _field_named(schema: marshmallow.Schema, key: object) -> Optional[fields.Field]:
    for name, field in schema.fields.items():
        if external_name(name, field) == key:
            return field
    return None

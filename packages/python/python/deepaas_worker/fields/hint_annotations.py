"""`Annotated[…]`: the rules of pydantic's `Field` and of `annotated_types`, by their names, so that neither is needed."""

from __future__ import annotations

import re
from typing import Dict, Iterable, Mapping

from deepaas_worker.fields.faults import FieldsError
from deepaas_worker.fields.hint_types import Hint, hint_of
from deepaas_worker.fields.json_form import Schema, plain
from deepaas_worker.fields.keywords import with_rules
from deepaas_worker.fields.patterns import json_pattern

_BOUNDS = {
    "ge": "minimum",
    "gt": "exclusiveMinimum",
    "le": "maximum",
    "lt": "exclusiveMaximum",
    "multiple_of": "multipleOf",
}
_LENGTHS: Dict[str, Dict[str, str]] = {
    "string": {"min_length": "minLength", "max_length": "maxLength"},
    "array": {"min_length": "minItems", "max_length": "maxItems"},
    "object": {"min_length": "minProperties", "max_length": "maxProperties"},
}


def annotated_hint(kind: object, metadata: Iterable[object]) -> Hint:
    """A string is the description, and a dictionary has more keywords of JSON Schema."""
    hint = hint_of(kind)
    schema = hint.schema
    for one in metadata:
        if isinstance(one, str):
            schema = {**schema, "description": one}
        elif isinstance(one, Mapping):
            schema = with_rules(schema, {str(name): plain(rule) for name, rule in one.items()})
        else:
            for part in (one, *_parts_of(one)):
                schema = with_rules(schema, _rules(part, schema))
            schema = {**schema, **_notes(one)}
    return hint._replace(schema=schema)


def _parts_of(one: object) -> Iterable[object]:
    """What pydantic's `Field` consists of."""
    parts = getattr(one, "metadata", None)
    return parts if isinstance(parts, (list, tuple)) else ()


def _rules(part: object, schema: Schema) -> Schema:
    rules: Schema = {}
    types = schema.get("type")
    kinds = [kind for kind in (types if isinstance(types, list) else [types]) if isinstance(kind, str)]
    lengths = next((_LENGTHS[kind] for kind in kinds if kind in _LENGTHS), {})
    for attribute, keyword in {**_BOUNDS, **lengths}.items():
        bound = getattr(part, attribute, None)
        if bound is not None:
            try:
                rules[keyword] = plain(bound)
            except ValueError as error:
                raise FieldsError(f"{attribute}={bound!r} has no JSON form: {error}") from error
    pattern = getattr(part, "pattern", None)
    if isinstance(pattern, (str, re.Pattern)):
        rules["pattern"] = _pattern(re.compile(pattern))
    return rules


def _pattern(regex: "re.Pattern[str]") -> str:
    found = json_pattern(regex, at_start=False)
    if found is None:
        raise FieldsError(f"the pattern {regex.pattern!r} has no counterpart in JSON Schema")
    return found


def _notes(one: object) -> Schema:
    notes: Schema = {}
    for name, keyword in (("title", "title"), ("description", "description"), ("documentation", "description")):
        text = getattr(one, name, None)
        # A string has a method `title`.
        if isinstance(text, str):
            notes[keyword] = text
    examples = getattr(one, "examples", None)
    if isinstance(examples, (list, tuple)):
        notes["examples"] = plain(examples)
    return notes

"""JSON values and JSON Schemas as Python values."""

from __future__ import annotations

import json
import math
from typing import Dict, List, Mapping, Union

Json = Union[None, bool, int, float, str, List["Json"], Dict[str, "Json"]]
Schema = Dict[str, Json]

#: The largest integer that a double holds exactly: the server refuses a larger one rather than round it.
MAX_INTEGER = 2**53 - 1


def file_schema() -> Schema:
    return {"type": "string", "format": "binary"}


def is_file_schema(schema: Schema) -> bool:
    """True for a file and for a list of files."""
    items = schema.get("items")
    return schema.get("format") == "binary" or (isinstance(items, dict) and items.get("format") == "binary")


def plain(value: object) -> Json:
    """
    Returns a copy of `value` of plain dictionaries, lists and scalars, where a tuple is a list. Raises ValueError for what
    is not JSON, and for an integer that a double does not hold exactly.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        if abs(value) > MAX_INTEGER:
            raise ValueError(f"{value} is an integer that a JSON number does not hold exactly")
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{value} is not a JSON number")
        return float(value)
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, Mapping):
        if not all(isinstance(name, str) for name in value):
            raise ValueError("the names of a JSON object are strings")
        return {str(name): plain(member) for name, member in value.items()}
    raise ValueError(f"{type(value).__name__} has no JSON form")


def same(one: Json, other: Json) -> bool:
    """True if both have the same JSON text: 1 is not True."""
    if not isinstance(one, (list, dict)):
        return type(one) is type(other) and repr(one) == repr(other)
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def fits(schema: Schema, value: Json) -> bool:
    """
    A rough check, by types, choices and members: whether the server would take `value` of which it is known that the author's
    own rules accept it.
    """
    types = schema.get("type")
    if types is not None and not _has_type(types if isinstance(types, list) else [types], value):
        return False
    choices = schema.get("enum")
    if isinstance(choices, list) and not any(_equal(choice, value) for choice in choices):
        return False
    if "const" in schema and not _equal(schema["const"], value):
        return False
    branches = schema.get("anyOf")
    if isinstance(branches, list) and not any(fits(branch, value) for branch in branches if isinstance(branch, dict)):
        return False
    # The formats of the server know neither letters outside of ASCII nor the zone of an address.
    if isinstance(value, str) and schema.get("format") in ("email", "ipv6"):
        return value.isascii() and "%" not in value
    if isinstance(value, list):
        return _items_fit(schema, value)
    return not isinstance(value, dict) or _members_fit(schema, value)


def _items_fit(schema: Schema, value: List[Json]) -> bool:
    first, rest = schema.get("prefixItems"), schema.get("items")
    if isinstance(first, list):
        if len(first) != len(value):
            return False
        return all(fits(item, one) for item, one in zip(first, value) if isinstance(item, dict))
    return not isinstance(rest, dict) or all(fits(rest, one) for one in value)


def _members_fit(schema: Schema, value: Dict[str, Json]) -> bool:
    properties, others = schema.get("properties"), schema.get("additionalProperties")
    declared = properties if isinstance(properties, dict) else {}
    required = schema.get("required")
    if isinstance(required, list) and not all(name in value for name in required):
        return False
    if others is False and not all(name in declared for name in value):
        return False
    return all(
        fits(member, one)
        for name, one in value.items()
        for member in [declared.get(name, others)]
        if isinstance(member, dict)
    )


def _has_type(types: List[Json], value: Json) -> bool:
    if value is None:
        return "null" in types
    if isinstance(value, bool):
        return "boolean" in types
    if isinstance(value, (int, float)):
        return "number" in types or ("integer" in types and float(value).is_integer())
    names = {str: "string", list: "array", dict: "object"}
    return names[type(value)] in types


def _equal(one: Json, other: Json) -> bool:
    return one == other and isinstance(one, bool) == isinstance(other, bool)

"""Adds rules to a JSON Schema."""

from __future__ import annotations

from deepaas_worker.fields.faults import FieldsError
from deepaas_worker.fields.json_form import Json, Schema, is_file_schema

_LARGEST = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_SMALLEST = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_ANNOTATIONS = ("title", "description", "default", "examples", "example", "deprecated", "location", "writeOnly")


def with_rules(schema: Schema, rules: Schema) -> Schema:
    """Returns `schema` with `rules`, where a rule of both holds as the stricter one, or else twice."""
    merged = dict(schema)
    for keyword, rule in rules.items():
        known = merged.get(keyword)
        if keyword not in merged or known == rule:
            merged[keyword] = rule
        elif keyword in _LARGEST:
            merged[keyword] = max(known, rule)  # type: ignore[type-var]
        elif keyword in _SMALLEST:
            merged[keyword] = min(known, rule)  # type: ignore[type-var]
        elif keyword == "items" and isinstance(known, dict) and isinstance(rule, dict):
            merged[keyword] = with_rules(known, rule)
        elif keyword == "enum" and (both := [one for one in known if one in rule]):  # type: ignore[union-attr,operator]
            merged[keyword] = both
        else:
            merged["allOf"] = [*merged.get("allOf", []), {keyword: rule}]  # type: ignore[misc]
    return merged


def optional(schema: Schema) -> Schema:
    """Returns the schema of an argument that may be left out. In that of an object `required` is a list already."""
    return {**schema, "~optional": True} if "required" in schema else {**schema, "required": False}


def with_definitions_on_top(schema: Schema) -> Schema:
    """Moves the `$defs` of all parts to the schema of the argument, where references to them start."""
    found: Schema = {}

    def without(value: Json) -> Json:
        if isinstance(value, list):
            return [without(item) for item in value]
        if not isinstance(value, dict):
            return value
        rest = {name: member for name, member in value.items() if name != "$defs"}
        for name, definition in dict(value.get("$defs") or {}).items():  # type: ignore[arg-type]
            if found.setdefault(name, without(definition)) != without(definition):
                raise FieldsError(f"there are two types called {name}")
        return {name: without(member) for name, member in rest.items()}

    bare = without(schema)
    return {**bare, "$defs": found} if found else schema  # type: ignore[dict-item]


def nullable(schema: Schema) -> Schema:
    """Returns a schema that also accepts null. A file is never null, it is left out."""
    if is_file_schema(schema):
        return schema
    kind = schema.get("type")
    if kind is not None and not any(keyword in schema for keyword in ("const", "allOf", "not")):
        types = kind if isinstance(kind, list) else [kind]
        choices = schema.get("enum")
        return {
            **schema,
            "type": types if "null" in types else [*types, "null"],
            **({"enum": [*choices, None]} if isinstance(choices, list) and None not in choices else {}),
        }
    rules: Schema = {keyword: rule for keyword, rule in schema.items() if keyword not in _ANNOTATIONS}
    if not rules:
        return schema
    branches = rules.pop("anyOf", None) if list(rules) == ["anyOf"] else None
    choices_of: Json = [*branches, {"type": "null"}] if isinstance(branches, list) else [rules, {"type": "null"}]
    return {**{keyword: note for keyword, note in schema.items() if keyword in _ANNOTATIONS}, "anyOf": choices_of}

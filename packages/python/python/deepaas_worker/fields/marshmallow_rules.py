"""The validators of a marshmallow field as rules of JSON Schema. What has none is left to marshmallow, which checks everything."""

from __future__ import annotations

from decimal import Decimal
from typing import Callable, Dict, Iterable, List, Optional, Type

from marshmallow import fields, validate

from deepaas_worker.fields.json_form import Json, Schema, plain
from deepaas_worker.fields.keywords import with_rules
from deepaas_worker.fields.patterns import json_pattern

_LENGTHS = {
    "string": ("minLength", "maxLength"),
    "array": ("minItems", "maxItems"),
    "object": ("minProperties", "maxProperties"),
}
#: More choices would make the documents useless.
_MAX_CHOICES = 1000


def with_validators(schema: Schema, field: fields.Field) -> Schema:
    """`schema`: that of the field without its validators."""
    for validator in _flat(field.validators):
        convert = _CONVERSIONS.get(type(validator))
        rules = convert(validator, schema, field) if convert is not None else None
        if rules:
            schema = with_rules(schema, rules)
    return schema


def json_number(value: object) -> Optional[Json]:
    """The number as JSON, or None if it has no JSON form."""
    if isinstance(value, Decimal) and value.is_finite():
        value = int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        return plain(value)
    except ValueError:
        return None


def serialised(field: fields.Field, value: object) -> Json:
    """The JSON form of a value of the field. Raises any exception if it has none."""
    form = field._serialize(value, field.name or "", {})
    if isinstance(form, Decimal):
        form = json_number(form)
        if form is None:
            raise ValueError("a number without a JSON form")
    return plain(form)


def _flat(validators: Iterable[object]) -> Iterable[object]:
    for validator in validators:
        if type(validator) is validate.And:
            yield from _flat(validator.validators)
        else:
            yield validator


def _range(validator: validate.Range, schema: Schema, _field: fields.Field) -> Optional[Schema]:
    if schema.get("type") not in ("integer", "number"):
        return None
    rules: Schema = {}
    for bound, inclusive, keywords in (
        (validator.min, validator.min_inclusive, ("minimum", "exclusiveMinimum")),
        (validator.max, validator.max_inclusive, ("maximum", "exclusiveMaximum")),
    ):
        number = json_number(bound)
        if number is not None:
            rules[keywords[0] if inclusive else keywords[1]] = number
    return rules


def _length(validator: validate.Length, schema: Schema, _field: fields.Field) -> Optional[Schema]:
    keywords = _LENGTHS.get(str(schema.get("type")))
    if keywords is None:
        return None
    least, most = validator.min, validator.max
    if validator.equal is not None:
        least = most = validator.equal
    return {keyword: bound for keyword, bound in zip(keywords, (least, most)) if bound is not None}


def _regexp(validator: validate.Regexp, schema: Schema, _field: fields.Field) -> Optional[Schema]:
    if schema.get("type") != "string":
        return None
    pattern = json_pattern(validator.regex, at_start=True)
    return None if pattern is None else {"pattern": pattern}


def _one_of(validator: validate.OneOf, _schema: Schema, field: fields.Field) -> Optional[Schema]:
    choices = _choices(validator.choices, field)
    return None if choices is None else {"enum": choices}


def _equal(validator: validate.Equal, _schema: Schema, field: fields.Field) -> Optional[Schema]:
    choices = _choices([validator.comparable], field)
    return {"const": choices[0]} if choices else None


def _none_of(validator: validate.NoneOf, _schema: Schema, field: fields.Field) -> Optional[Schema]:
    choices = _choices(validator.iterable, field)
    return {"not": {"enum": choices}} if choices else None


def _contains_only(validator: validate.OneOf, schema: Schema, field: fields.Field) -> Optional[Schema]:
    choices = _item_choices(validator.choices, schema, field)
    return None if choices is None else {"items": {"enum": choices}}


def _contains_none_of(validator: validate.NoneOf, schema: Schema, field: fields.Field) -> Optional[Schema]:
    choices = _item_choices(validator.iterable, schema, field)
    return {"items": {"not": {"enum": choices}}} if choices else None


def _item_choices(given: object, schema: Schema, field: fields.Field) -> Optional[List[Json]]:
    if schema.get("type") != "array" or not isinstance(field, fields.List):
        return None
    return _choices(given, field.inner)


def _choices(given: object, field: fields.Field) -> Optional[List[Json]]:
    """Those that a caller can give, in their JSON form; None if only Python can tell, as for a part of a string."""
    if isinstance(given, (str, bytes)) or not isinstance(given, Iterable):
        return None
    forms: List[Json] = []
    for choice in given:
        try:
            form = serialised(field, choice)
            reached = field._deserialize(form, field.name, {}) == choice
        except Exception:
            # The author's own code: whatever it raises, this choice has no JSON form.
            return None
        if reached and form not in forms:
            forms.append(form)
        if len(forms) > _MAX_CHOICES:
            return None
    return forms or None


def _format_of(name: str) -> Callable[[object, Schema, fields.Field], Optional[Schema]]:
    def convert(_validator: object, schema: Schema, _field: fields.Field) -> Optional[Schema]:
        # The fields Url and Email have the same validator, and the format already.
        return {"format": name} if schema.get("type") == "string" and "format" not in schema else None

    return convert


#: Exact classes: a subclass may check something else.
_CONVERSIONS: Dict[Type[object], Callable[..., Optional[Schema]]] = {
    validate.Range: _range,
    validate.Length: _length,
    validate.Regexp: _regexp,
    validate.OneOf: _one_of,
    validate.Equal: _equal,
    validate.NoneOf: _none_of,
    validate.ContainsOnly: _contains_only,
    validate.ContainsNoneOf: _contains_none_of,
    validate.Email: _format_of("email"),
}

"""The arguments of a model: what it declares, as raw fields of the worker protocol, and its values as the model expects them.

A source is what `get_predict_args()` or `get_train_args()` returned: a dictionary of webargs or marshmallow fields, a
marshmallow Schema (class or instance), or a dictionary of JSON Schemas. It may also be a function: then its type hints count.
"""

from __future__ import annotations

import sys
from typing import Dict, Mapping, Optional, Tuple

from deepaas_worker.fields.dictionaries import DictionaryArgs
from deepaas_worker.fields.faults import Args, FieldsError, InvalidArgs
from deepaas_worker.fields.hints import HintArgs
from deepaas_worker.fields.json_form import Schema, plain

__all__ = ["FieldsError", "InvalidArgs", "declared_fields", "declared_response", "load_args"]

#: By `id`; the source is held, so that its id is not used again.
_prepared: Dict[int, Tuple[object, Args]] = {}


def declared_fields(source: object) -> Dict[str, Schema]:
    """Returns name to JSON Schema; what may be left out has `required: false` or a `default`. Raises `FieldsError`."""
    return _args_of(source).declared


def load_args(source: object, values: Mapping[str, object]) -> Dict[str, object]:
    """
    Returns the keyword arguments for the model: `values`, which the server has checked, as marshmallow loads them or the
    type hints say. Files stay as they are. Raises `InvalidArgs`.
    """
    return _args_of(source).load(values)


def declared_response(schema: object) -> Optional[Dict[str, object]]:
    """
    Returns the member of the declaration for the model's `schema`: `{"responseSchema": …}` or `{"responseFields": …}`, or
    None if there is nothing to validate. Raises `FieldsError`.
    """
    if schema is None:
        return None
    if _is_marshmallow(schema):
        from deepaas_worker.fields.marshmallow_args import response_schema

        return {"responseSchema": response_schema(schema)}
    if not isinstance(schema, dict):
        raise FieldsError(
            f"it is neither a marshmallow Schema nor a dictionary of fields or JSON Schemas, but {type(schema).__name__}"
        )
    if not schema:
        return None
    if _is_one_schema(schema):
        return {"responseSchema": plain(schema)}
    return {"responseFields": DictionaryArgs(schema).declared}


def _args_of(source: object) -> Args:
    known = _prepared.get(id(source))
    if known is None:
        known = _prepared[id(source)] = (source, _prepare(source))
    return known[1]


def _prepare(source: object) -> Args:
    if _is_marshmallow(source):
        # Only here: a model without marshmallow must not need it.
        from deepaas_worker.fields.marshmallow_args import MarshmallowArgs

        return MarshmallowArgs(source)
    if source is None:
        return DictionaryArgs({})
    if isinstance(source, Mapping):
        return DictionaryArgs(source)
    if callable(source) and not isinstance(source, type):
        return HintArgs(source)
    raise FieldsError(
        "the arguments must be a dictionary of webargs or marshmallow fields or of JSON Schemas, or a marshmallow Schema, "
        f"not {type(source).__name__}"
    )


def _is_marshmallow(source: object) -> bool:
    """A model whose fields are marshmallow's has imported it."""
    marshmallow = sys.modules.get("marshmallow")
    if marshmallow is None:
        return False
    if isinstance(source, Mapping):
        return any(isinstance(one, marshmallow.fields.Field) for one in source.values())
    return isinstance(source, marshmallow.Schema) or (
        isinstance(source, type) and issubclass(source, marshmallow.Schema)
    )


def _is_one_schema(schema: Mapping[str, object]) -> bool:
    """As in the server: a dictionary may have a field called `enum`, whose value is a schema and not a list."""
    if isinstance(schema.get("type"), str):
        return True
    if "const" in schema:
        return True
    return any(keyword in schema and not isinstance(schema[keyword], dict) for keyword in ("enum", "anyOf", "$ref"))

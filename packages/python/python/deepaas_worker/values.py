"""Values of Python as JSON, with the place of what has no JSON form."""
import dataclasses
import datetime
import decimal
import enum
import math
import os
import types
import uuid

MAX_DEPTH = 200


class NotJson(Exception):
    """`pointer` (RFC 6901) starts at the value that was converted; the message is a sentence."""

    def __init__(self, pointer, message):
        super().__init__(message)
        self.pointer = pointer


def to_json(value, on_non_finite=None):
    """
    Returns `value` with dictionaries, lists, strings, finite numbers, booleans and None only, or raises NotJson.
    `on_non_finite(pointer)` is called for each NaN and infinity, which become None; without it they are refused.
    """
    return _Converter(on_non_finite).convert(value, ())


def pointer_of(steps):
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


class _Converter:
    def __init__(self, on_non_finite):
        self._on_non_finite = on_non_finite

    def convert(self, value, steps):
        if value is None or value is True or value is False or type(value) in (str, int):
            return value
        if len(steps) > MAX_DEPTH:
            raise NotJson(pointer_of(steps), f"More than {MAX_DEPTH} levels of lists and dictionaries, or a cycle.")
        if isinstance(value, enum.Enum):
            return self.convert(value.value, steps)
        if isinstance(value, (str, int)):
            return str(value) if isinstance(value, str) else int(value)
        if isinstance(value, float):
            return self._number(float(value), steps)
        if isinstance(value, dict):
            return {self._key(key, steps): self.convert(item, (*steps, key)) for key, item in value.items()}
        if isinstance(value, (list, tuple, set, frozenset, types.GeneratorType)):
            return [self.convert(item, (*steps, i)) for i, item in enumerate(value)]
        return self._other(value, steps)

    def _number(self, value, steps):
        if math.isfinite(value):
            return value
        if self._on_non_finite is None:
            raise NotJson(pointer_of(steps), "NaN and Infinity have no JSON form.")
        self._on_non_finite(pointer_of(steps))
        return None

    def _key(self, key, steps):
        if isinstance(key, str):
            return str(key)
        if key is None:
            return "null"
        if isinstance(key, bool):
            return "true" if key else "false"
        if isinstance(key, (int, float)):
            return str(key)
        if _is_number_like(key):
            return str(key.item())
        raise NotJson(pointer_of(steps), f"A key of a dictionary must be a string, not {type(key).__name__}.")

    def _other(self, value, steps):
        # Arrays and scalars of numpy, and tensors of torch and others, without importing them.
        if hasattr(value, "dtype") and callable(getattr(value, "tolist", None)):
            return self.convert(value.tolist(), steps)
        if hasattr(value, "dtype") and callable(getattr(value, "numpy", None)):
            return self.convert(value.numpy().tolist(), steps)
        if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
            return value.isoformat()
        if isinstance(value, decimal.Decimal):
            return self._number(float(value), steps)
        if isinstance(value, (uuid.UUID, os.PathLike)):
            return str(value)
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            members = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
            return self.convert(members, steps)
        if callable(getattr(value, "model_dump", None)) and not isinstance(value, type):
            return self.convert(value.model_dump(mode="json"), steps)
        raise NotJson(pointer_of(steps), f"A value of type {type(value).__name__} has no JSON form.")


def _is_number_like(value):
    return hasattr(value, "dtype") and callable(getattr(value, "item", None))

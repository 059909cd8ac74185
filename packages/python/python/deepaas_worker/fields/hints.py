"""Arguments as the parameters of a function with type hints."""

from __future__ import annotations

import inspect
import typing
from typing import Callable, Dict, List, Mapping

from deepaas_worker.fields.faults import FieldsError, Invalid, InvalidArgs, Issue, pointer_step
from deepaas_worker.fields.hint_types import Hint, hint_of
from deepaas_worker.fields.json_form import Schema, fits, is_file_schema
from deepaas_worker.fields.keywords import optional, with_definitions_on_top
from deepaas_worker.fields.plain_value import plain_value

_IGNORED = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


class HintArgs:
    def __init__(self, function: Callable[..., object]) -> None:
        self._hints: Dict[str, Hint] = {}
        self._absent: Dict[str, None] = {}
        self.declared: Dict[str, Schema] = {}
        types = _types_of(function)
        for parameter in inspect.signature(function).parameters.values():
            if parameter.kind in _IGNORED:
                continue
            if parameter.kind is inspect.Parameter.POSITIONAL_ONLY:
                raise FieldsError(
                    f"{parameter.name}: arguments are given by name, but it is before the / of the signature"
                )
            self._add(parameter, types.get(parameter.name, object))

    def _add(self, parameter: inspect.Parameter, kind: object) -> None:
        name = parameter.name
        try:
            hint = hint_of(kind)
            hint = hint._replace(schema=with_definitions_on_top(hint.schema))
        except FieldsError as error:
            raise FieldsError(f"{name}: {error}") from error
        self._hints[name] = hint
        if parameter.default is not inspect.Parameter.empty:
            self.declared[name] = _with_default(hint, parameter.default)
        elif hint.optional_file:
            # No caller can give null in the place of a file.
            self.declared[name] = optional(hint.schema)
            self._absent[name] = None
        else:
            self.declared[name] = dict(hint.schema)

    def load(self, values: Mapping[str, object]) -> Dict[str, object]:
        loaded: Dict[str, object] = dict(self._absent)
        issues: List[Issue] = []
        for name, value in values.items():
            hint = self._hints.get(name)
            if hint is None:
                continue
            # `k: int = None` is not for a hint to load.
            if hint.load is None or (value is None and self.declared[name].get("default", 0) is None):
                loaded[name] = value
                continue
            try:
                loaded[name] = hint.load(value)
            except Invalid as error:
                issues.append({"pointer": pointer_step(name) + error.pointer, "message": error.message})
        if issues:
            raise InvalidArgs(issues)
        return loaded


def _types_of(function: Callable[..., object]) -> Dict[str, object]:
    try:
        return typing.get_type_hints(function, include_extras=True)
    except Exception as error:
        # A name that is imported for type checkers only, or `int | None` in a Python that does not know it.
        raise FieldsError(
            f"the type hints of {getattr(function, '__name__', 'the function')} cannot be read: {error}"
        ) from error


def _with_default(hint: Hint, default: object) -> Schema:
    """With a default in JSON if there is one that is loaded as the same value; otherwise Python fills it in."""
    schema = hint.schema
    if is_file_schema(schema):
        return optional(schema)
    if default is None:
        return {**schema, "default": None}
    try:
        form = plain_value(default)
        if fits(schema, form):
            loaded = hint.load(form) if hint.load is not None else form
            if type(loaded) is type(default) and bool(loaded == default):
                return {**schema, "default": form}
    except (Invalid, ValueError):
        pass
    return optional(schema)

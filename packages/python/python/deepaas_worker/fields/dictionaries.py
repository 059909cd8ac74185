"""Arguments as a dictionary of JSON Schemas. The server checks the values; the model receives them as they are."""

from __future__ import annotations

from typing import Dict, Mapping

from deepaas_worker.fields.faults import FieldsError
from deepaas_worker.fields.json_form import Schema, plain


class DictionaryArgs:
    def __init__(self, source: Mapping[str, object]) -> None:
        self.declared: Dict[str, Schema] = {}
        for name, field in source.items():
            if not isinstance(name, str):
                raise FieldsError(f"the name of an argument is a string, not {name!r}")
            if not isinstance(field, Mapping):
                raise FieldsError(
                    f"{name}: a field is a webargs or marshmallow field or a JSON Schema, not {type(field).__name__}"
                )
            try:
                self.declared[name] = plain(field)  # type: ignore[assignment]
            except ValueError as error:
                raise FieldsError(f"{name}: a JSON Schema is plain JSON: {error}") from error

    def load(self, values: Mapping[str, object]) -> Dict[str, object]:
        return dict(values)

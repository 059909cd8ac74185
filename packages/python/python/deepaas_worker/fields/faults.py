"""What is wrong with fields or with values."""

from __future__ import annotations

from typing import Dict, List, Mapping, Protocol

from deepaas_worker.fields.json_form import Schema

#: `{"pointer": "/name", "message": "…"}`: the place (JSON Pointer) starts at the object of arguments.
Issue = Dict[str, str]

#: Most issues of one call.
MAX_ISSUES = 100


class FieldsError(ValueError):
    """The author's declaration of the arguments cannot be used."""


class InvalidArgs(Exception):
    """The arguments of a caller are not valid."""

    def __init__(self, issues: List[Issue]) -> None:
        super().__init__("; ".join(f"{issue['pointer']}: {issue['message']}" for issue in issues))
        self.issues = issues


class Args(Protocol):
    """The arguments of one method of a model."""

    declared: Dict[str, Schema]

    def load(self, values: Mapping[str, object]) -> Dict[str, object]:
        """Raises `InvalidArgs`."""


def pointer_step(name: object) -> str:
    return "/" + str(name).replace("~", "~0").replace("/", "~1")


class Invalid(Exception):
    """A value that cannot be loaded; `pointer` starts at the value."""

    def __init__(self, message: str, pointer: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.pointer = pointer

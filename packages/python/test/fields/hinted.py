"""What the tests of type hints share."""

import dataclasses
import enum
from typing import List, NamedTuple

from deepaas_worker.fields import declared_fields


class Color(enum.Enum):
    RED = "r"
    GREEN = "g"


@dataclasses.dataclass
class Box:
    x: int
    y: float = 2.0
    colors: List[Color] = dataclasses.field(default_factory=list)

    def __post_init__(self):
        if self.x < 0:
            raise ValueError("x is negative")


class UploadedFile(NamedTuple):
    name: str
    filename: str
    content_type: str
    original_filename: str


def schema_of(kind):
    def predict(value): ...

    predict.__annotations__ = {"value": kind}
    return declared_fields(predict)["value"]

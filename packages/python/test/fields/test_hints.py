"""Type hints as arguments. Only the standard library is needed."""

import dataclasses
import datetime
import decimal
import enum
import pathlib
import typing
import unittest
import uuid
from typing import Annotated, Dict, List, Literal, NewType, Optional, Sequence, Set, Tuple, TypedDict, Union

from deepaas_worker.fields import FieldsError, InvalidArgs, load_args
from hinted import Box, Color, UploadedFile, schema_of


class Shape(enum.Enum):
    POINT = (0, 0)
    LINE = (0, 1)


@dataclasses.dataclass
class Tree:
    children: "List[Tree]"


class Options(TypedDict):
    size: int


class MoreOptions(Options, total=False):
    box: Box


class Rule:
    """Like the rules of annotated_types and pydantic."""

    def __init__(self, **rules):
        self.__dict__.update(rules)


Age = NewType("Age", int)


def loaded(kind, value):
    def predict(value): ...

    predict.__annotations__ = {"value": kind}
    return load_args(predict, {"value": value})["value"]


class Types(unittest.TestCase):
    def test_schemas(self):
        for kind, schema in [
            (str, {"type": "string"}),
            (int, {"type": "integer"}),
            (float, {"type": "number"}),
            (bool, {"type": "boolean"}),
            (typing.Any, {}),
            (object, {}),
            (None, {"type": "null"}),
            (Age, {"type": "integer"}),
            (list, {"type": "array", "items": {}}),
            (List[int], {"type": "array", "items": {"type": "integer"}}),
            (Sequence[str], {"type": "array", "items": {"type": "string"}}),
            (Set[int], {"type": "array", "items": {"type": "integer"}, "uniqueItems": True}),
            (Tuple[int, ...], {"type": "array", "items": {"type": "integer"}}),
            (
                Tuple[int, str],
                {
                    "type": "array",
                    "prefixItems": [{"type": "integer"}, {"type": "string"}],
                    "items": False,
                    "minItems": 2,
                    "maxItems": 2,
                },
            ),
            (dict, {"type": "object"}),
            (Dict[str, int], {"type": "object", "additionalProperties": {"type": "integer"}}),
            (Literal["a", "b"], {"type": "string", "enum": ["a", "b"]}),
            (Literal[1, "b"], {"enum": [1, "b"]}),
            (Color, {"type": "string", "enum": ["r", "g"]}),
            (Shape, {"type": "string", "enum": ["POINT", "LINE"]}),
            (Optional[int], {"type": ["integer", "null"]}),
            (Optional[Literal["a"]], {"type": ["string", "null"], "enum": ["a", None]}),
            (Union[int, str], {"anyOf": [{"type": "integer"}, {"type": "string"}]}),
            (Union[int, str, None], {"anyOf": [{"type": "integer"}, {"type": "string"}, {"type": "null"}]}),
            (datetime.datetime, {"type": "string", "format": "iso-date-time"}),
            (datetime.date, {"type": "string", "format": "date"}),
            (datetime.time, {"type": "string", "format": "iso-time"}),
            (datetime.timedelta, {"type": "number", "description": "seconds"}),
            (decimal.Decimal, {"type": "number"}),
            (uuid.UUID, {"type": "string", "format": "uuid"}),
            (pathlib.Path, {"type": "string"}),
            (bytes, {"type": "string", "format": "binary"}),
            (UploadedFile, {"type": "string", "format": "binary"}),
            (List[UploadedFile], {"type": "array", "items": {"type": "string", "format": "binary"}}),
        ]:
            with self.subTest(kind=kind):
                self.assertEqual(schema_of(kind), schema)

    def test_values(self):
        for kind, value, expected in [
            (int, 5.0, 5),
            (float, 5, 5.0),
            (Color, "g", Color.GREEN),
            (Shape, "LINE", Shape.LINE),
            (Literal[Color.RED], "r", Color.RED),
            (Set[Color], ["r"], {Color.RED}),
            (typing.FrozenSet[int], [1], frozenset({1})),
            (Tuple[int, Color], [1, "g"], (1, Color.GREEN)),
            (Dict[str, Color], {"a": "r"}, {"a": Color.RED}),
            (Optional[Color], None, None),
            (Union[Box, Color], "r", Color.RED),
            (Union[Box, Color], {"x": 1}, Box(1)),
            (
                datetime.datetime,
                "2026-01-02T03:04:05Z",
                datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc),
            ),
            (datetime.date, "2026-01-02", datetime.date(2026, 1, 2)),
            (datetime.time, "03:04", datetime.time(3, 4)),
            (datetime.timedelta, 1.5, datetime.timedelta(seconds=1.5)),
            (decimal.Decimal, 0.1, decimal.Decimal("0.1")),
            (uuid.UUID, "1ce174ca13344ea09a208521c52e69d1", uuid.UUID("1ce174ca13344ea09a208521c52e69d1")),
            (pathlib.Path, "a/b", pathlib.Path("a/b")),
            (Box, {"x": 1, "y": 3, "colors": ["r"]}, Box(1, 3.0, [Color.RED])),
            (MoreOptions, {"size": 1, "box": {"x": 2}}, {"size": 1, "box": Box(2)}),
        ]:
            with self.subTest(kind=kind, value=value):
                got = loaded(kind, value)
                self.assertEqual(got, expected)
                self.assertIs(type(got), type(expected))

    def test_objects_are_closed(self):
        box = {
            "type": "object",
            "properties": {
                "x": {"type": "integer"},
                "y": {"type": "number", "default": 2.0},
                "colors": {"type": "array", "items": {"type": "string", "enum": ["r", "g"]}},
            },
            "required": ["x"],
            "additionalProperties": False,
        }
        self.assertEqual(schema_of(Box), box)
        self.assertEqual(
            schema_of(MoreOptions),
            {
                "type": "object",
                "properties": {"size": {"type": "integer"}, "box": box},
                "required": ["size"],
                "additionalProperties": False,
            },
        )

    def test_a_fault_has_its_place(self):
        for kind, value, pointer, message in [
            (List[Box], [{"x": 1}, {"x": -1}], "/value/1", "x is negative"),
            (Dict[str, List[datetime.date]], {"a/b": ["2026-02-30"]}, "/value/a~1b/0", "Not a valid date."),
            (Tuple[int, datetime.time], [1, "x"], "/value/1", "Not a valid time."),
        ]:
            with self.subTest(kind=kind):
                with self.assertRaises(InvalidArgs) as caught:
                    loaded(kind, value)
                self.assertEqual(caught.exception.issues, [{"pointer": pointer, "message": message}])

    def test_what_has_no_json_form_is_named(self):
        for kind, words in [
            (complex, "the type complex has no JSON form"),
            (Dict[int, str], "the keys of a dictionary must be str"),
            (Union[bytes, str], "a file cannot be one of several types"),
            (Tree, "children of Tree: the type Tree has itself as a member"),
            (Literal[b"x"], "of the Literal has no JSON form"),
        ]:
            with self.subTest(kind=kind):
                with self.assertRaises(FieldsError) as caught:
                    schema_of(kind)
                self.assertIn(words, str(caught.exception))
                self.assertTrue(str(caught.exception).startswith("value: "))


class Annotations(unittest.TestCase):
    def test_rules(self):
        for kind, schema in [
            (Annotated[int, Rule(ge=1), Rule(lt=9)], {"type": "integer", "minimum": 1, "exclusiveMaximum": 9}),
            (
                Annotated[float, Rule(gt=0, le=1, multiple_of=0.5)],
                {"type": "number", "exclusiveMinimum": 0, "maximum": 1, "multipleOf": 0.5},
            ),
            (Annotated[str, Rule(min_length=1, max_length=2)], {"type": "string", "minLength": 1, "maxLength": 2}),
            (Annotated[List[int], Rule(min_length=1)], {"type": "array", "items": {"type": "integer"}, "minItems": 1}),
            (
                Annotated[Dict[str, int], Rule(max_length=1)],
                {"type": "object", "additionalProperties": {"type": "integer"}, "maxProperties": 1},
            ),
            (Annotated[str, Rule(pattern="a.c")], {"type": "string", "pattern": r"a[^\n]c"}),
            # As pydantic's Field has them.
            (
                Annotated[int, Rule(metadata=[Rule(ge=1)], description="d", title="t", examples=[2])],
                {"type": "integer", "minimum": 1, "title": "t", "description": "d", "examples": [2]},
            ),
            (
                Annotated[int, Rule(ge=2), {"minimum": 1}, "number of classes"],
                {"type": "integer", "minimum": 2, "description": "number of classes"},
            ),
            (Annotated[Optional[int], Rule(ge=1)], {"type": ["integer", "null"], "minimum": 1}),
        ]:
            with self.subTest(kind=kind):
                self.assertEqual(schema_of(kind), schema)

    def test_a_pattern_that_only_python_knows(self):
        with self.assertRaisesRegex(FieldsError, "has no counterpart in JSON Schema"):
            schema_of(Annotated[str, Rule(pattern=r"(?<=a)b")])


if __name__ == "__main__":
    unittest.main()

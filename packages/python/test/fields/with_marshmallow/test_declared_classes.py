"""What the classes of fields and Schemas are declared as, and responses."""

import datetime
import enum
import unittest

import marshmallow
from marshmallow import validate
from webargs import fields

from deepaas_worker.fields import FieldsError, declared_fields, declared_response
from support import HAS_ENUM, HAS_OLD_KEYWORDS, Open, declared


class Color(enum.Enum):
    red = "r"
    green = "g"


class Comma(fields.Str):
    """A class of an author, which reads values in its own way."""

    def _deserialize(self, value, attr, data, **kwargs):
        return super()._deserialize(value, attr, data, **kwargs).split(",")


class Named(fields.Str):
    """A class of an author that only documents."""


class Node(marshmallow.Schema):
    size = fields.Int(required=True)
    children = fields.List(fields.Nested(lambda: Node()))


class Classes(unittest.TestCase):
    def test_fields_that_are_not_in_the_page(self):
        for field, schema in [
            (fields.Date(format="%d.%m.%Y"), {"type": "string"}),
            (fields.DateTime(format="rfc"), {"type": "string"}),
            (
                fields.AwareDateTime(default_timezone=datetime.timezone.utc),
                {"type": "string", "format": "iso-date-time"},
            ),
            (fields.Url(relative=True), {"type": "string"}),
            (fields.TimeDelta(precision="minutes"), {"type": "number", "description": "minutes"}),
            (fields.Bool(truthy={"si"}, falsy={"no"}), {}),
            (
                fields.Dict(keys=fields.Str(validate=validate.Length(min=2))),
                {"type": "object", "propertyNames": {"type": "string", "minLength": 2}},
            ),
            (fields.Dict(keys=fields.Int()), {"type": "object"}),
            (fields.Pluck(Open, "size"), {"type": "integer", "default": 3}),
            (fields.Pluck(Open, "size", many=True), {"type": "array", "items": {"type": "integer", "default": 3}}),
            (fields.Function(deserialize=int), {}),
            (Named(), {"type": "string"}),
            (Comma(), {}),
            (Comma(metadata={"description": "d"}, validate=validate.Length(min=1)), {"description": "d"}),
        ]:
            with self.subTest(field=field):
                found = declared(field)
                found.pop("required", None)
                self.assertEqual(found, schema)

    @unittest.skipIf(HAS_OLD_KEYWORDS, "pre_load= of a field: marshmallow 4")
    def test_a_field_that_changes_the_value_first_takes_anything(self):
        self.assertEqual(declared(fields.Int(required=True, pre_load=len)), {})

    @unittest.skipUnless(HAS_ENUM, "Enum: marshmallow 3.18")
    def test_enums(self):
        class Level(enum.Enum):
            low = 1
            high = 2

        class Mixed(enum.Enum):
            none = object()

        for field, schema in [
            (fields.Enum(Color), {"type": "string", "enum": ["red", "green"]}),
            (fields.Enum(Color, by_value=True), {"type": "string", "enum": ["r", "g"]}),
            (fields.Enum(Level, by_value=True), {"type": "integer", "enum": [1, 2]}),
            (fields.Enum(Level, by_value=fields.Str()), {"type": "string", "enum": ["1", "2"]}),
            (fields.Enum(Mixed, by_value=True), {}),
        ]:
            self.assertEqual(declared(field), {**schema, "required": False})
        self.assertEqual(declared(fields.Enum(Color, load_default=Color.red))["default"], "red")

    def test_nested_is_closed_unless_excluded(self):
        open_schema = {"type": "object", "properties": {"size": {"type": "integer", "default": 3}}, "required": False}
        self.assertEqual(declared(fields.Nested(Open)), open_schema)
        self.assertEqual(
            declared(fields.Nested({"size": fields.Int(load_default=3)}, unknown=marshmallow.EXCLUDE)), open_schema
        )
        self.assertEqual(
            declared(fields.Nested({"size": fields.Int(load_default=3)})),
            {**open_schema, "additionalProperties": False},
        )

    def test_a_schema_that_nests_itself_ends(self):
        children = declared(fields.Nested(Node))["properties"]["children"]
        self.assertEqual(children, {"type": "array", "items": {"type": "object"}})

    def test_sources(self):
        for source in (Node, Node(), marshmallow.Schema.from_dict({"size": fields.Int(required=True)})):
            self.assertEqual(declared_fields(source)["size"], {"type": "integer"})
        mixed = {"a": fields.Int(required=True), "b": {"type": "string"}}
        self.assertEqual(declared_fields(mixed), {"a": {"type": "integer"}, "b": {"type": "string"}})
        for source, words in [(Node(many=True), "many=True"), ({"a": fields.Int(), "b": 5}, "b: int is neither")]:
            with self.assertRaisesRegex(FieldsError, words):
                declared_fields(source)

    def test_the_authors_fields_stay_as_they_are(self):
        field = fields.DelimitedList(fields.Int())
        declared(field)
        self.assertIs(type(field), fields.DelimitedList)


class Responses(unittest.TestCase):
    def test_a_response_is_one_closed_schema(self):
        schema = {
            "type": "object",
            "properties": {"label": {"type": "string"}, "day": {"type": "string", "format": "date"}},
            "required": ["label"],
            "additionalProperties": False,
        }
        source = {"label": fields.Str(required=True), "day": fields.Date()}
        self.assertEqual(declared_response(source), {"responseSchema": schema})
        made = marshmallow.Schema.from_dict(source)
        self.assertEqual(declared_response(made), {"responseSchema": schema})
        self.assertEqual(declared_response(made(many=True)), {"responseSchema": {"type": "array", "items": schema}})


if __name__ == "__main__":
    unittest.main()

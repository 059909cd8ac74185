"""What fields of marshmallow and webargs are declared as."""

import datetime
import decimal
import re
import sys
import unittest

import marshmallow
from marshmallow import validate
from webargs import fields

from deepaas_worker.fields import declared_fields
from support import HAS_OLD_KEYWORDS, Open, declared


class Optionality(unittest.TestCase):
    def test_required_only_without_default(self):
        self.assertEqual(declared(fields.Int(required=True)), {"type": "integer"})
        self.assertEqual(declared(fields.Int()), {"type": "integer", "required": False})
        self.assertEqual(declared(fields.Int(load_default=3)), {"type": "integer", "default": 3})

    def test_an_object_that_may_be_left_out_keeps_its_required_members(self):
        schema = declared(fields.Nested({"x": fields.Int(required=True)}))
        self.assertEqual((schema["required"], schema["~optional"]), (["x"], True))

    def test_a_default_of_none_makes_it_nullable(self):
        self.assertEqual(declared(fields.Int(load_default=None)), {"type": ["integer", "null"], "default": None})
        self.assertEqual(
            declared(fields.Int(load_default=None, allow_none=False)), {"type": "integer", "required": False}
        )
        self.assertEqual(declared(fields.IP(load_default=None))["anyOf"][-1], {"type": "null"})
        one_of = fields.Str(load_default=None, validate=validate.OneOf(["a"]))
        self.assertEqual(declared(one_of)["enum"], ["a", None])

    def test_a_default_only_if_the_field_takes_it(self):
        for field, default in [
            (fields.Int(load_default="5"), 5),
            (fields.Int(load_default="five"), None),
            (fields.Int(load_default=0, validate=validate.Range(min=1)), None),
            (fields.Int(load_default=sys.maxsize), None),
            (fields.Int(load_default=lambda: 5), None),
            (fields.Float(load_default=1), 1.0),
            (fields.Float(load_default=float("nan"), allow_nan=True), None),
            (fields.Decimal(load_default=decimal.Decimal("0.5")), 0.5),
            (fields.Decimal(load_default=decimal.Decimal("0.5"), as_string=True), None),
            (fields.Date(load_default=datetime.date(2026, 1, 2)), "2026-01-02"),
            (fields.List(fields.Date(), load_default=[datetime.date(2026, 1, 2)]), ["2026-01-02"]),
            (fields.Email(load_default="ä@example.org"), None),
            (fields.Str(load_default="c", metadata={"enum": ["a", "b"]}), None),
            (fields.Raw(load_default=object()), None),
        ]:
            with self.subTest(default=field.load_default):
                schema = declared(field)
                self.assertEqual(schema.get("default"), default)
                self.assertEqual(schema.get("required"), False if default is None else None)

    def test_dump_only_is_no_argument(self):
        self.assertEqual(list(declared_fields({"a": fields.Int(dump_only=True), "b": fields.Int()})), ["b"])

    def test_arguments_have_the_order_and_the_names_of_the_declaration(self):
        source = {name: fields.Int(data_key=f"{name}-key") for name in "zyxabc"}
        self.assertEqual(list(declared_fields(source)), [f"{name}-key" for name in "zyxabc"])


class Metadata(unittest.TestCase):
    def test_annotations(self):
        metadata = {
            "description": "d",
            "title": "t",
            "location": "headers",
            "example": "e",
            "examples": ["e"],
            "x_own": 1,
            "deprecated": True,
            "minLength": 9,
            "unknown": 1,
            "format": "date-picker",
        }
        self.assertEqual(
            declared(fields.Str(required=True, metadata=metadata)),
            {
                "type": "string",
                **{
                    name: metadata[name]
                    for name in ("description", "title", "location", "example", "examples", "x_own")
                },
                "deprecated": True,
            },
        )

    def test_what_would_stop_the_server_is_left_out(self):
        metadata = {
            "description": 5,
            "example": object(),
            "examples": "e",
            "deprecated": "yes",
            "location": "match_info",
        }
        self.assertEqual(declared(fields.Str(required=True, metadata=metadata)), {"type": "string", "description": "5"})

    @unittest.skipUnless(HAS_OLD_KEYWORDS, "bare keywords: marshmallow 3")
    def test_bare_keywords_are_metadata(self):
        field = fields.Str(missing="a", description="d", enum=["a", "b"], location="form")
        self.assertEqual(
            declared(field),
            {"type": "string", "enum": ["a", "b"], "description": "d", "location": "form", "default": "a"},
        )
        self.assertEqual(declared(fields.Raw(type="file"))["format"], "binary")

    def test_enum_is_enforced(self):
        self.assertEqual(
            declared(fields.Int(required=True, metadata={"enum": [1, 2]})), {"type": "integer", "enum": [1, 2]}
        )
        of_list = fields.List(fields.Str(), required=True, metadata={"enum": ["a", "b"]})
        self.assertEqual(declared(of_list)["items"], {"type": "string", "enum": ["a", "b"]})
        both = fields.Str(required=True, metadata={"enum": ["a", "b"]}, validate=validate.OneOf(["b", "c"]))
        self.assertEqual(declared(both)["enum"], ["b"])

    def test_files(self):
        file = {"type": "string", "format": "binary"}
        for field, schema in [
            (fields.Raw(required=True, metadata={"type": "file", "location": "form"}), {**file, "location": "form"}),
            (fields.Raw(required=True, metadata={"location": "files"}), {**file, "location": "form"}),
            (fields.Raw(load_default=None, metadata={"type": "file"}), {**file, "required": False}),
            (fields.List(fields.Raw(), required=True, metadata={"type": "file"}), {"type": "array", "items": file}),
            (fields.List(fields.Raw(metadata={"type": "file"}), required=True), {"type": "array", "items": file}),
        ]:
            self.assertEqual(declared(field), schema)

    def test_passwords(self):
        self.assertEqual(
            declared(fields.Str(required=True, metadata={"format": "password"})),
            {"type": "string", "format": "password", "writeOnly": True},
        )


class Validators(unittest.TestCase):
    def check(self, field, rules):
        schema = declared(field)
        self.assertEqual({keyword: schema[keyword] for keyword in schema if keyword not in ("type", "required")}, rules)

    def test_range(self):
        between = validate.Range(min=0, max=1)
        inside = validate.Range(min=0, max=1, min_inclusive=False, max_inclusive=False)
        self.check(fields.Float(validate=between), {"minimum": 0, "maximum": 1})
        self.check(fields.Float(validate=inside), {"exclusiveMinimum": 0, "exclusiveMaximum": 1})
        self.check(fields.Decimal(validate=validate.Range(min=decimal.Decimal("0.5"))), {"minimum": 0.5})
        self.check(
            fields.Int(validate=[validate.Range(min=1), validate.Range(min=3, max=9)]), {"minimum": 3, "maximum": 9}
        )
        # What has no JSON form is left to marshmallow.
        self.check(fields.Int(validate=validate.Range(min=1, max=sys.maxsize)), {"minimum": 1})
        self.check(fields.Float(validate=validate.Range(min=float("-inf"))), {})
        self.check(fields.Date(validate=validate.Range(min=datetime.date(2026, 1, 1))), {"format": "date"})

    def test_length(self):
        length = validate.Length(min=1, max=2)
        self.check(fields.Str(validate=length), {"minLength": 1, "maxLength": 2})
        self.check(fields.Dict(validate=length), {"minProperties": 1, "maxProperties": 2})
        self.check(
            fields.List(fields.Int(), validate=length), {"items": {"type": "integer"}, "minItems": 1, "maxItems": 2}
        )
        self.check(fields.Str(validate=validate.Length(equal=3)), {"minLength": 3, "maxLength": 3})
        self.assertEqual(declared(fields.Nested(Open, many=True, validate=length))["maxItems"], 2)

    def test_regexp(self):
        self.check(fields.Str(validate=validate.Regexp("^[a-z]+$")), {"pattern": "^[a-z]+$"})
        self.check(fields.Str(validate=validate.Regexp("[a-z]")), {"pattern": "^(?:[a-z])"})
        for pattern in ("(?P<a>a)", r"\Aa", r"a\Z", re.compile("a", re.IGNORECASE)):
            self.check(fields.Str(validate=validate.Regexp(pattern)), {})

    def test_choices(self):
        self.check(fields.Str(validate=validate.OneOf(("a", "b"))), {"enum": ["a", "b"]})
        self.check(fields.Int(validate=validate.OneOf(range(2))), {"enum": [0, 1]})
        self.check(fields.Str(validate=validate.NoneOf(["a"])), {"not": {"enum": ["a"]}})
        self.check(fields.Str(validate=validate.Equal("a")), {"const": "a"})
        day = datetime.date(2026, 1, 2)
        self.check(fields.Date(validate=validate.OneOf([day])), {"format": "date", "enum": ["2026-01-02"]})
        # Any part of the text is allowed, or no text at all.
        self.check(fields.Str(validate=validate.OneOf("abc")), {})
        self.check(fields.Str(validate=validate.OneOf([1, 2])), {})
        self.check(fields.Raw(validate=validate.OneOf([object()])), {})

    def test_choices_of_items(self):
        items = {"type": "string", "enum": ["a", "b"]}
        of_items = fields.List(fields.Str(validate=validate.OneOf(["a", "b"])))
        self.assertEqual(declared(of_items)["items"], items)
        only = fields.List(fields.Str(), validate=validate.ContainsOnly(["a", "b"]))
        self.assertEqual(declared(only)["items"], items)
        none_of = fields.List(fields.Str(), validate=validate.ContainsNoneOf(["a"]))
        self.assertEqual(declared(none_of)["items"], {"type": "string", "not": {"enum": ["a"]}})

    def test_several(self):
        both = validate.And(validate.Length(min=1), validate.OneOf(["a", "b"]))
        self.check(
            fields.Str(validate=[both, validate.Email()]), {"minLength": 1, "enum": ["a", "b"], "format": "email"}
        )

    def test_functions_and_own_classes_are_left_to_marshmallow(self):
        class Even(validate.Range):
            def __call__(self, value):
                return value

        self.check(fields.Int(validate=[lambda value: value > 1, Even(min=1)]), {})


if __name__ == "__main__":
    unittest.main()

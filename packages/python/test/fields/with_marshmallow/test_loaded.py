"""The values that a model receives, and what marshmallow refuses."""

import collections
import datetime
import decimal
import enum
import ipaddress
import unittest
import uuid

import marshmallow
from marshmallow import validate
from webargs import fields

from deepaas_worker.fields import declared_fields, load_args
from support import HAS_ENUM, HAS_OLD_KEYWORDS, issues_of, loaded

UploadedFile = collections.namedtuple("UploadedFile", ("name", "filename", "content_type", "original_filename"))
FILE = UploadedFile("data", "/nowhere", "image/png", "up.png")


class Color(enum.Enum):
    red = "r"


class Inner(marshmallow.Schema):
    a = fields.Int(required=True)
    b = fields.Str(load_default="bb")


class Comma(fields.Str):
    def _deserialize(self, value, attr, data, **kwargs):
        return super()._deserialize(value, attr, data, **kwargs).split(",")


class Values(unittest.TestCase):
    def test_values_of_python(self):
        for field, value, expected in [
            (fields.Date(), "2026-01-02", datetime.date(2026, 1, 2)),
            (fields.Decimal(places=2), 1.239, decimal.Decimal("1.24")),
            (fields.TimeDelta(), 90, datetime.timedelta(seconds=90)),
            (fields.UUID(), "1ce174ca13344ea09a208521c52e69d1", uuid.UUID("1ce174ca13344ea09a208521c52e69d1")),
            (fields.IP(), "::1", ipaddress.ip_address("::1")),
            (fields.Nested(Inner), {"a": 1}, {"a": 1, "b": "bb"}),
            (fields.Constant(42), 43, 42),
            (Comma(), "a,b", ["a", "b"]),
            (fields.DelimitedList(fields.Int()), [1, 2], [1, 2]),
            (fields.DelimitedList(fields.Int()), "1,2", [1, 2]),
            (fields.List(fields.DelimitedList(fields.Int())), [[1], [2]], [[1], [2]]),
            (fields.Raw(), FILE, FILE),
        ]:
            with self.subTest(field=field, value=value):
                got = loaded(field, value)
                self.assertEqual(got, expected)
                self.assertIs(type(got), type(expected))

    @unittest.skipUnless(HAS_ENUM, "Enum: marshmallow 3.18")
    def test_enums(self):
        self.assertIs(loaded(fields.Enum(Color), "red"), Color.red)

    def test_what_is_left_out_is_filled_in_or_absent(self):
        source = {"z": fields.Int(load_default=lambda: 5), "a": fields.Int(), "m": fields.Int(load_default="five")}
        self.assertEqual(load_args(source, {}), {"z": 5, "m": "five"})

    def test_the_model_receives_its_own_default(self):
        """The server sends the default as the document shows it."""
        for field, expected in [
            (fields.Float(load_default=1), 1),
            (fields.Int(load_default="5"), "5"),
            (fields.Date(load_default=datetime.date(2026, 1, 2)), datetime.date(2026, 1, 2)),
        ]:
            source = {"field": field}
            got = load_args(source, {"field": declared_fields(source)["field"]["default"]})["field"]
            self.assertEqual(got, expected)
            self.assertIs(type(got), type(expected))

    def test_a_changed_default_is_not_that_of_the_next_call(self):
        # 1 and 2 are no strings: the author's own list is used.
        source = {"field": fields.List(fields.Str(), load_default=[1, 2])}
        default = declared_fields(source)["field"]["default"]
        for given in ({}, {"field": default}):
            load_args(source, given)["field"].append(3)
            self.assertEqual(load_args(source, given)["field"], [1, 2])

    def test_names_and_order_are_those_of_the_declaration(self):
        source = {name: fields.Int(data_key=f"{name}-key") for name in "zyxabc"}
        values = {f"{name}-key": 1 for name in "abcxyz"}
        self.assertEqual(list(load_args(source, values)), list("zyxabc"))

    def test_an_attribute_is_the_name(self):
        self.assertEqual(load_args({"a": fields.Int(attribute="b")}, {"a": 1}), {"b": 1})

    def test_any_media_type(self):
        source = {"accept": fields.Str(load_default="image/png", validate=validate.OneOf(["image/png", "text/plain"]))}
        self.assertEqual(load_args(source, {"accept": "*/*"}), {"accept": "*/*"})
        self.assertEqual(issues_of(source, {"accept": "x/y"}), [("/accept", "Must be one of: image/png, text/plain.")])

    def test_schemas_beside_fields(self):
        source = {"a": fields.Date(), "b": {"type": "string"}}
        self.assertEqual(load_args(source, {"a": "2026-01-02", "b": "x"}), {"a": datetime.date(2026, 1, 2), "b": "x"})


class Files(unittest.TestCase):
    def test_they_are_left_alone(self):
        metadata = {"type": "file", "location": "form"}
        source = {
            "k": fields.Int(required=True),
            "data": fields.Raw(required=True, metadata=metadata),
            "as_text": fields.Str(required=True, metadata=metadata),
            "many": fields.List(fields.Raw(), metadata=metadata),
            "none": fields.Raw(load_default=None, metadata=metadata),
        }
        values = {"many": [FILE], "as_text": FILE, "data": FILE, "k": 1}
        args = load_args(source, values)
        self.assertEqual(args, {"k": 1, "data": FILE, "as_text": FILE, "many": [FILE], "none": None})
        self.assertEqual(list(args), list(source))
        self.assertIs(args["data"], FILE)
        self.assertEqual(issues_of(source, {**values, "k": "x"}), [("/k", "Not a valid integer.")])

    def test_one_that_is_required_is_still_required(self):
        source = {"data": fields.Raw(required=True, metadata={"type": "file"})}
        self.assertEqual(issues_of(source, {}), [("/data", "Missing data for required field.")])


class Refusals(unittest.TestCase):
    def test_the_sentences_are_those_of_marshmallow(self):
        def check(value):
            raise marshmallow.ValidationError(["one", "two"])

        source = {
            "text": fields.Str(validate=lambda value: value != "no"),
            "own": fields.Str(validate=check),
            "choice": fields.Str(
                validate=validate.OneOf(["l", "m"], labels=["L", "M"], error="{input} of {choices} ({labels})")
            ),
            "several": fields.Str(validate=[validate.Length(min=3), validate.OneOf(["abcd"])]),
            "list": fields.List(fields.Int()),
            "pair": fields.Tuple((fields.Int(), fields.Nested(Inner))),
            "by~name": fields.Dict(keys=fields.Str(validate=validate.Length(min=2)), values=fields.List(fields.Int())),
            "nested": fields.Nested(Inner),
            "many": fields.Nested(Inner, many=True),
            "aware": fields.AwareDateTime(),
            "key": fields.Int(data_key="the/key"),
        }
        values = {
            "text": "no",
            "own": "x",
            "choice": "z",
            "several": "x",
            "list": [1, "x"],
            "pair": [1, {"a": "x"}],
            "by~name": {"ab": [1, "x"], "k": []},
            "nested": 3,
            "many": [{"a": 1}, {"c": 1}],
            "aware": "2026-01-01T00:00:00",
            "the/key": "x",
        }
        found = issues_of(source, values)
        self.assertEqual(
            sorted(found),
            sorted(
                [
                    # Since marshmallow 4 only what a function raises counts.
                    *([("/text", "Invalid value.")] if HAS_OLD_KEYWORDS else []),
                    ("/own", "one"),
                    ("/own", "two"),
                    ("/choice", "z of l, m (L, M)"),
                    ("/several", "Shorter than minimum length 3."),
                    ("/several", "Must be one of: abcd."),
                    ("/list/1", "Not a valid integer."),
                    ("/pair/1/a", "Not a valid integer."),
                    ("/by~0name/ab/1", "Not a valid integer."),
                    ("/by~0name/k", "Shorter than minimum length 2."),
                    ("/nested/_schema", "Invalid input type."),
                    ("/many/1/a", "Missing data for required field."),
                    ("/many/1/c", "Unknown field."),
                    ("/aware", "Not a valid aware datetime."),
                    ("/the~1key", "Not a valid integer."),
                ]
            ),
        )

    def test_there_is_an_end_to_them(self):
        found = issues_of({"list": fields.List(fields.Int())}, {"list": ["x"] * 1000})
        self.assertEqual(len(found), 100)


class Schemas(unittest.TestCase):
    def test_hooks(self):
        class Box(marshmallow.Schema):
            low = fields.Int(required=True)
            high = fields.Int(required=True)

            @marshmallow.validates_schema
            def check_order(self, data, **_kwargs):
                if data["low"] > data["high"]:
                    raise marshmallow.ValidationError("low is above high")

            @marshmallow.post_load
            def with_size(self, data, **_kwargs):
                return {**data, "size": data["high"] - data["low"]}

        for source in (Box, Box()):
            self.assertEqual(load_args(source, {"low": 1, "high": 3}), {"low": 1, "high": 3, "size": 2})
            self.assertEqual(issues_of(source, {"low": 3, "high": 1}), [("/_schema", "low is above high")])

    def test_a_schema_that_makes_an_object(self):
        class Box(marshmallow.Schema):
            low = fields.Int()

            @marshmallow.post_load
            def make(self, data, **_kwargs):
                return object()

        with self.assertRaisesRegex(TypeError, "made a object of the arguments, not a dictionary"):
            load_args(Box, {"low": 1})


if __name__ == "__main__":
    unittest.main()

"""The arguments of the recorded model `wide`, as they were written for the Python server."""

import enum

import marshmallow as ma
from webargs import fields, validate


class Color(enum.Enum):
    red = "r"
    green = "g"


class Inner(ma.Schema):
    a = fields.Int(required=True)
    b = fields.Str(load_default="bb")


def get_predict_args():
    return {
        "mode": fields.Str(load_default="echo", metadata={"description": "what predict does"}),
        "str_req": fields.Str(required=True, metadata={"description": "required string"}),
        "str_def": fields.Str(load_default="foo", metadata={"description": "string with default"}),
        "str_nodef": fields.Str(metadata={"description": "optional string without default"}),
        "str_none": fields.Str(load_default=None, metadata={"description": "default None"}),
        "str_allow_none": fields.Str(allow_none=True),
        "str_enum_meta": fields.Str(
            load_default="c1", metadata={"enum": ["c1", "c2"], "description": "enum in metadata only"}
        ),
        "str_oneof": fields.Str(validate=validate.OneOf(["x", "y"]), load_default="x"),
        "str_oneof_labels": fields.Str(
            validate=validate.OneOf(
                ["l", "m"], labels=["Large", "Medium"], error="{input} is not one of {choices} ({labels})"
            )
        ),
        "str_len": fields.Str(validate=validate.Length(min=2, max=5)),
        "str_len_eq": fields.Str(validate=validate.Length(equal=3)),
        "str_regex": fields.Str(validate=validate.Regexp(r"^[a-z]+$")),
        "str_equal": fields.Str(validate=validate.Equal("same")),
        "str_noneof": fields.Str(validate=validate.NoneOf(["bad"])),
        "str_callable": fields.Str(validate=lambda s: s != "no"),
        "str_multi": fields.Str(validate=[validate.Length(min=3), validate.OneOf(["abc", "abcd"])]),
        "password": fields.Str(load_only=True, load_default="secret", metadata={"format": "password"}),
        "int_def": fields.Int(load_default=1, metadata={"description": "int with default"}),
        "int_strict": fields.Int(strict=True),
        "int_range": fields.Int(load_default=50, validate=[validate.Range(min=1, max=100)]),
        "int_range_excl": fields.Int(validate=validate.Range(min=0, max=10, min_inclusive=False, max_inclusive=False)),
        "int_enum": fields.Int(validate=validate.OneOf([1, 2, 3])),
        "float_def": fields.Float(load_default=0.1),
        "float_nan": fields.Float(allow_nan=True),
        "float_min": fields.Float(validate=validate.Range(min=0.5)),
        "number": fields.Number(),
        "decimal": fields.Decimal(places=2),
        "bool_def": fields.Bool(load_default=True),
        "bool_nodef": fields.Bool(),
        "list_str": fields.List(fields.Str(), load_default=["p", "q"]),
        "list_int": fields.List(fields.Int(), validate=validate.Length(min=1, max=3)),
        "list_float": fields.List(fields.Float(), load_default=[0.1, 0.2]),
        "list_enum": fields.List(fields.Str(validate=validate.OneOf(["a", "b"]))),
        "list_containsonly": fields.List(fields.Str(), validate=validate.ContainsOnly(["a", "b"])),
        "list_list": fields.List(fields.List(fields.Int())),
        "delimited": fields.DelimitedList(fields.Int()),
        "tuple_": fields.Tuple((fields.Int(), fields.Str())),
        "dict_": fields.Dict(),
        "dict_typed": fields.Dict(keys=fields.Str(), values=fields.Int(), load_default={"a": 1}),
        "nested": fields.Nested({"n1": fields.Int(required=True), "n2": fields.Str()}),
        "nested_schema": fields.Nested(Inner),
        "nested_many": fields.Nested(Inner, many=True),
        "list_nested": fields.List(fields.Nested(Inner)),
        "datetime_": fields.DateTime(),
        "naive_dt": fields.NaiveDateTime(),
        "aware_dt": fields.AwareDateTime(),
        "date_": fields.Date(),
        "time_": fields.Time(),
        "timedelta_": fields.TimeDelta(),
        "uuid_": fields.UUID(),
        "url_": fields.Url(),
        "email_": fields.Email(),
        "ip_": fields.IP(),
        "enum_": fields.Enum(Color),
        "enum_val": fields.Enum(Color, by_value=True),
        "raw_": fields.Raw(),
        "field_": fields.Field(metadata={"description": "bare Field"}),
        "constant_": fields.Constant(42),
        "mapped": fields.Str(data_key="mapped-key", metadata={"description": "data_key"}),
        "hdr": fields.Str(data_key="X-Custom", metadata={"location": "headers"}),
        "cookie": fields.Str(metadata={"location": "cookies"}),
        "only_query": fields.Str(metadata={"location": "query"}),
        "only_querystring": fields.Str(metadata={"location": "querystring"}),
        "only_form": fields.Str(metadata={"location": "form"}),
        "only_json": fields.Str(metadata={"location": "json"}),
        "only_json2": fields.Int(metadata={"location": "json", "description": "second"}),
        "callable_default": fields.Int(load_default=lambda: 5),
        "doc_default": fields.Int(load_default=7, metadata={"doc_default": 8}),
        "dump_only": fields.Str(dump_only=True),
        "meta_x": fields.Str(
            metadata={"x_foo_bar": 1, "example": "ex", "title": "T", "minLength": 9, "unknown_key": "dropped"}
        ),
        "legacy": fields.Str(missing="legacy", description="kwargs metadata style", enum=["legacy", "other"]),
        "data": fields.Field(metadata={"description": "image file", "location": "form", "type": "file"}),
        "multi_files": fields.List(
            fields.Field(), metadata={"description": "several files", "location": "form", "type": "file"}
        ),
    }


def predict(**args):
    return list(args)

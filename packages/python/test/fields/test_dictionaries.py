"""Dictionaries of JSON Schemas, and what is no source at all. Only the standard library is needed."""

import unittest

from deepaas_worker.fields import FieldsError, declared_fields, declared_response, load_args
from deepaas_worker.fields.json_form import fits
from deepaas_worker.fields.keywords import nullable, with_definitions_on_top, with_rules


class Dictionaries(unittest.TestCase):
    def test_schemas_and_values_stay_as_they_are(self):
        source = {"k": {"type": "integer", "default": 3}, "t": {"enum": ("a", "b"), "required": False}}
        declared = declared_fields(source)
        self.assertEqual(
            declared, {"k": {"type": "integer", "default": 3}, "t": {"enum": ["a", "b"], "required": False}}
        )
        declared["k"]["default"] = 4
        self.assertEqual(source["k"]["default"], 3)
        self.assertEqual(load_args(source, {"k": 3}), {"k": 3})

    def test_nothing(self):
        for source in ({}, None):
            self.assertEqual(declared_fields(source), {})
            self.assertEqual(load_args(source, {}), {})

    def test_what_is_no_declaration(self):
        for source, words in [
            ({"k": 5}, "k: a field is a webargs or marshmallow field or a JSON Schema, not int"),
            ({1: {}}, "the name of an argument is a string, not 1"),
            ({"k": {"default": float("nan")}}, "k: a JSON Schema is plain JSON: nan is not a JSON number"),
            ({"k": {"enum": [object()]}}, "k: a JSON Schema is plain JSON: object has no JSON form"),
            ({"k": {"maximum": 2**60}}, "does not hold exactly"),
            ([], "the arguments must be a dictionary of webargs or marshmallow fields or of JSON Schemas"),
            (int, "not type"),
        ]:
            with self.subTest(source=source):
                with self.assertRaises(FieldsError) as caught:
                    declared_fields(source)
                self.assertIn(words, str(caught.exception))

    def test_responses(self):
        for schema, declared in [
            (None, None),
            ({}, None),
            ({"type": "string"}, {"responseSchema": {"type": "string"}}),
            ({"enum": ["a"]}, {"responseSchema": {"enum": ["a"]}}),
            ({"const": 1}, {"responseSchema": {"const": 1}}),
            ({"label": {"type": "string"}}, {"responseFields": {"label": {"type": "string"}}}),
            # Fields with these names.
            ({"enum": {"type": "string"}}, {"responseFields": {"enum": {"type": "string"}}}),
            ({"type": {"type": "string"}}, {"responseFields": {"type": {"type": "string"}}}),
        ]:
            with self.subTest(schema=schema):
                self.assertEqual(declared_response(schema), declared)
        with self.assertRaisesRegex(FieldsError, "but str"):
            declared_response("text")


class Keywords(unittest.TestCase):
    def test_the_stricter_rule_holds(self):
        self.assertEqual(
            with_rules({"minimum": 1, "maximum": 9}, {"minimum": 3, "maximum": 10}), {"minimum": 3, "maximum": 9}
        )
        self.assertEqual(with_rules({"enum": [1, 2]}, {"enum": [2, 3]}), {"enum": [2]})
        self.assertEqual(with_rules({"items": {"enum": [1, 2]}}, {"items": {"enum": [2]}}), {"items": {"enum": [2]}})

    def test_other_rules_hold_both(self):
        self.assertEqual(with_rules({"pattern": "a"}, {"pattern": "b"}), {"pattern": "a", "allOf": [{"pattern": "b"}]})
        self.assertEqual(with_rules({"enum": [1]}, {"enum": [2]}), {"enum": [1], "allOf": [{"enum": [2]}]})

    def test_null(self):
        self.assertEqual(nullable({"type": "string", "enum": ["a"]}), {"type": ["string", "null"], "enum": ["a", None]})
        self.assertEqual(
            nullable({"description": "d", "type": "string", "const": "a"}),
            {"description": "d", "anyOf": [{"type": "string", "const": "a"}, {"type": "null"}]},
        )
        self.assertEqual(nullable({"description": "d"}), {"description": "d"})
        self.assertEqual(nullable({"type": "string", "format": "binary"}), {"type": "string", "format": "binary"})

    def test_definitions(self):
        box = {"type": "object"}
        self.assertEqual(
            with_definitions_on_top({"items": {"$ref": "#/$defs/Box", "$defs": {"Box": box}}}),
            {"items": {"$ref": "#/$defs/Box"}, "$defs": {"Box": box}},
        )
        self.assertEqual(with_definitions_on_top({"type": "string"}), {"type": "string"})
        with self.assertRaisesRegex(FieldsError, "two types called Box"):
            with_definitions_on_top({"prefixItems": [{"$defs": {"Box": box}}, {"$defs": {"Box": {}}}]})

    def test_fits(self):
        for schema, value, expected in [
            ({"type": "integer"}, 5.0, True),
            ({"type": "integer"}, True, False),
            ({"type": ["string", "null"]}, None, True),
            ({"enum": [1]}, True, False),
            ({"type": "string", "format": "email"}, "ä@b.de", False),
            ({"type": "array", "items": {"type": "integer"}}, [1, "a"], False),
            ({"properties": {"a": {"type": "integer"}}, "additionalProperties": False}, {"b": 1}, False),
            ({"properties": {"a": {}}, "required": ["a"]}, {}, False),
            ({"prefixItems": [{"type": "integer"}]}, [1, 2], False),
            ({"anyOf": [{"type": "integer"}, {"type": "string"}]}, "a", True),
        ]:
            with self.subTest(schema=schema, value=value):
                self.assertEqual(fits(schema, value), expected)


if __name__ == "__main__":
    unittest.main()

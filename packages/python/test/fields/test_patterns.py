"""Patterns of Python as patterns of JSON Schema. The vitest file matches both on the same texts."""

import re
import unittest

from deepaas_worker.fields.patterns import json_pattern


def found(pattern, flags=0):
    return json_pattern(re.compile(pattern, flags), at_start=True)


class Patterns(unittest.TestCase):
    def test_re_match_is_anchored_at_the_start(self):
        self.assertEqual(found("^[a-z]+$"), "^[a-z]+$")
        self.assertEqual(found("[a-z]+"), "^(?:[a-z]+)")
        self.assertEqual(found("^a|b"), "^(?:^a|b)")
        self.assertEqual(json_pattern(re.compile("[a-z]+"), at_start=False), "[a-z]+")

    def test_what_only_python_knows_is_left_to_it(self):
        for pattern in [
            "(?P<year>a)",
            r"\Aa",
            r"a\Z",
            r"\bword",
            r"(a)\1",
            "(?=a)",
            "(?!a)",
            "(?<=a)b",
            "(?i:a)",
            "(?#note)a",
            "a{1001}",
            "(?:a{40}){40}",
            r"[\W]",
        ]:
            with self.subTest(pattern=pattern):
                self.assertIsNone(found(pattern))
        for flags in (re.IGNORECASE, re.DOTALL, re.VERBOSE, re.ASCII):
            self.assertIsNone(found("a", flags))
        self.assertIsNone(found(b"a"))

    def test_what_javascript_writes_in_another_way(self):
        self.assertEqual(found(r"^\-\@\_\.$"), r"^-@_\.$")
        self.assertEqual(found(r"^[\w\-.]"), r"^[\p{L}\p{N}_\-.]")
        self.assertEqual(found("^[]a]"), r"^[\]a]")
        self.assertEqual(found("^a{,3}"), "^a{0,3}")
        self.assertEqual(found("^a{x}"), r"^a\{x\}")


if __name__ == "__main__":
    unittest.main()

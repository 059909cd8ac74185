"""Functions with type hints as arguments. Only the standard library is needed."""

import datetime
import sys
import tempfile
import typing
import unittest
from typing import List, Optional, Tuple

from deepaas_worker.fields import FieldsError, InvalidArgs, declared_fields, load_args
from hinted import Box, Color, UploadedFile, schema_of


class Functions(unittest.TestCase):
    def test_defaults(self):
        def predict(
            text: str,
            untyped,
            k: int = 5,
            ratio: float = 1,
            color: Color = Color.RED,
            chosen: Optional[int] = None,
            implicit: int = None,
            model: complex.__class__ = object,
            box: Box = Box(1),
            sizes: Tuple[int, ...] = (1, 2),
            *rest,
            quiet: bool = False,
            **others,
        ) -> dict: ...

        predict.__annotations__["model"] = typing.Any
        declared = declared_fields(predict)
        self.assertEqual(
            {name: schema.get("default", schema.get("required", "must be given")) for name, schema in declared.items()},
            {
                "text": "must be given",
                "untyped": "must be given",
                "k": 5,
                # 1 would be loaded as 1.0, and so would be no int.
                "ratio": False,
                "color": "r",
                "chosen": None,
                "implicit": None,
                "model": False,
                "box": {"x": 1, "y": 2.0, "colors": []},
                "sizes": [1, 2],
                "quiet": False,
            },
        )
        self.assertEqual(load_args(predict, {"text": "a", "implicit": None})["implicit"], None)

    def test_an_object_that_may_be_left_out_keeps_its_required_members(self):
        sentinel = Box(1)
        sentinel.y = float("nan")

        def predict(box: Box = sentinel): ...

        schema = declared_fields(predict)["box"]
        self.assertEqual((schema["required"], schema["~optional"]), (["x"], True))

    def test_files(self):
        def predict(image: bytes, images: List[bytes], mask: Optional[UploadedFile], extra: UploadedFile = None): ...

        declared = declared_fields(predict)
        self.assertEqual([schema.get("required", True) for schema in declared.values()], [True, True, False, False])
        self.assertNotIn("default", declared["extra"])
        with tempfile.NamedTemporaryFile() as file:
            file.write(b"content")
            file.flush()
            one = UploadedFile("image", file.name, "text/plain", "a.txt")
            args = load_args(predict, {"image": one, "images": [one], "extra": one})
        self.assertEqual(args, {"image": b"content", "images": [b"content"], "mask": None, "extra": one})
        self.assertIs(args["extra"], one)

    def test_a_method_of_an_instance(self):
        class Model:
            def predict(self, text: "str", *, k: "int" = 1): ...

        self.assertEqual(
            declared_fields(Model().predict), {"text": {"type": "string"}, "k": {"type": "integer", "default": 1}}
        )

    def test_names_are_needed(self):
        namespace = {}
        exec("def predict(text, /): ...", namespace)
        with self.assertRaisesRegex(FieldsError, "^text: arguments are given by name"):
            declared_fields(namespace["predict"])

    def test_hints_that_cannot_be_read(self):
        def predict(image: "numpy.ndarray"):  # noqa: F821
            ...

        with self.assertRaisesRegex(
            FieldsError, "the type hints of predict cannot be read: name 'numpy' is not defined"
        ):
            declared_fields(predict)

    def test_all_faults_are_reported(self):
        def predict(a: datetime.date, b: datetime.date): ...

        with self.assertRaises(InvalidArgs) as caught:
            load_args(predict, {"a": "x", "b": "y"})
        self.assertEqual([issue["pointer"] for issue in caught.exception.issues], ["/a", "/b"])

    @unittest.skipIf(sys.version_info < (3, 10), "int | None: Python 3.10")
    def test_the_bar(self):
        self.assertEqual(schema_of(eval("int | None")), {"type": ["integer", "null"]})


if __name__ == "__main__":
    unittest.main()

"""Type hints with the rules and the models of pydantic itself."""

import unittest
from typing import Annotated, List, Optional

from annotated_types import Len
from deepaas_worker.fields import InvalidArgs, declared_fields, load_args
from pydantic import BaseModel, Field, field_validator


class Box(BaseModel):
    x: int = Field(ge=0)
    inner: "Optional[Box]" = None

    @field_validator("x")
    def is_even(cls, value):
        if value % 2:
            raise ValueError("x is odd")
        return value


class Pydantic(unittest.TestCase):
    def test_rules(self):
        def predict(
            k: Annotated[int, Field(ge=1, lt=9, description="how many", examples=[3])] = 5,
            text: Annotated[str, Field(min_length=1, pattern="^[a-z]+$", title="Text")] = "a",
            sizes: Annotated[List[Annotated[float, Field(gt=0, multiple_of=0.5)]], Len(1, 3)] = [1.0],
        ): ...

        self.assertEqual(
            declared_fields(predict),
            {
                "k": {
                    "type": "integer",
                    "minimum": 1,
                    "exclusiveMaximum": 9,
                    "description": "how many",
                    "examples": [3],
                    "default": 5,
                },
                "text": {"type": "string", "minLength": 1, "pattern": "^[a-z]+$", "title": "Text", "default": "a"},
                "sizes": {
                    "type": "array",
                    "items": {"type": "number", "exclusiveMinimum": 0, "multipleOf": 0.5},
                    "minItems": 1,
                    "maxItems": 3,
                    "default": [1.0],
                },
            },
        )

    def test_models(self):
        def predict(boxes: List[Box]): ...

        declared = declared_fields(predict)["boxes"]
        self.assertEqual(declared["items"], {"$ref": "#/$defs/Box"})
        self.assertEqual(list(declared["$defs"]), ["Box"])
        self.assertEqual(load_args(predict, {"boxes": [{"x": 2}]}), {"boxes": [Box(x=2)]})
        with self.assertRaises(InvalidArgs) as caught:
            load_args(predict, {"boxes": [{"x": 2, "inner": {"x": 3}}]})
        self.assertEqual(caught.exception.issues, [{"pointer": "/boxes/0/inner/x", "message": "Value error, x is odd"}])


if __name__ == "__main__":
    unittest.main()

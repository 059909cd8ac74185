"""Fails in the way that the argument `how` names."""
from conformance_models.control import HTTPException

# As in failing.ts: it must not reach a caller of `predict`.
INNER_MESSAGE = "a detail of the model"
FIELDS = {"how": {"enum": ["error", "deepaas", "nan", "infinity", "cyclic", "bigint", "function", "map", "schema", "none"]}}


class Model:
    schema = {"value": {"type": "number"}, "extra": {"required": False}}

    def get_metadata(self):
        raise ValueError(INNER_MESSAGE)

    def get_predict_args(self):
        return FIELDS

    def get_train_args(self):
        return FIELDS

    def predict(self, how):
        if how == "error":
            raise ValueError(f"{INNER_MESSAGE}\nand a second line")
        if how == "deepaas":
            raise HTTPException(429, "Try again later.")
        if how == "schema":
            return {"value": "one"}
        result = {"value": 1}
        if how != "none":
            result["extra"] = self._without_json_form(how, result)
        return result

    def train(self, how):
        return self.predict(how)

    def _without_json_form(self, how, result):
        return {
            "nan": {"deep": [0, float("nan")]},
            "infinity": {"deep": [0, float("-inf")]},
            "cyclic": {"cyclic": result},
            "bigint": 1j,
            "function": self.predict,
            "map": map(str, [1]),
        }[how]

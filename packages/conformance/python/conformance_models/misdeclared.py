"""Has a field whose default does not match its own schema."""


class Model:
    def get_predict_args(self):
        return {"a/b": {"type": "integer", "default": "seven"}}

    def predict(self, **_args):
        return None

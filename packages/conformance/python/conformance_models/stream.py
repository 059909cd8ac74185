"""Has `predict_stream`. Writes a note at the end: how many items it made, and whether it made all of them."""
import json

from conformance_models.control import Controlled, HTTPException


class Model:
    def get_predict_args(self):
        return {
            "control": {"type": "string", "default": ""},
            "items": {"type": "integer", "minimum": 0, "default": 5},
            "padding": {"type": "integer", "minimum": 0, "default": 0},
            "at": {"type": "integer", "default": -1},
            "fault": {"enum": ["error", "deepaas", "nan", "wait"], "default": "wait"},
        }

    def predict_stream(self, control, items, padding, at, fault):
        controlled = Controlled(control)
        pad = "x" * padding
        made = 0
        has_ended = False
        try:
            controlled.note("started")
            for i in range(items):
                if i == at and fault == "error":
                    raise ValueError("The stream broke.")
                if i == at and fault == "deepaas":
                    raise HTTPException(412, "No more items.")
                if i == at and fault == "wait":
                    controlled.gate("go")
                made += 1
                yield float("nan") if i == at and fault == "nan" else {"i": i, "pad": pad}
            has_ended = True
        finally:
            controlled.note("stopped", json.dumps({"made": made, "hasEnded": has_ended}))

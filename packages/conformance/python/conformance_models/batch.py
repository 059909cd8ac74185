"""Has `predict_batch`. The argument `how` makes one call or the whole batch fail."""
from conformance_models.control import Controlled, HTTPException


class Model:
    def get_predict_args(self):
        return {
            "control": {"type": "string", "default": ""},
            "value": {"type": "integer"},
            "how": {"enum": ["answer", "fail", "refuse", "nan", "poison", "short"], "default": "answer"},
            "gate": {"type": "string", "default": ""},
        }

    def predict_batch(self, args_list):
        first = args_list[0]
        controlled = Controlled(first["control"])
        controlled.note("batch", ",".join(str(args["value"]) for args in args_list))
        if first["gate"]:
            controlled.gate(first["gate"])
        hows = [args["how"] for args in args_list]
        if "poison" in hows:
            raise ValueError("The batch failed as a whole.")
        results = [result_of(args, len(args_list)) for args in args_list]
        return results[1:] if "short" in hows else results


def result_of(args, count):
    if args["how"] == "fail":
        return ValueError("This call failed.")
    if args["how"] == "refuse":
        return HTTPException(403, "This call is not allowed.")
    return {"value": float("nan") if args["how"] == "nan" else args["value"], "of": count}

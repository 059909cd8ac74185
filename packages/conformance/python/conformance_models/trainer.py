"""Trains by a script of actions, which is an argument: see trainer.ts."""
import json
import os
import signal

from conformance_models.control import Controlled
from deepaas_run import current_run

SCRIPT = {"type": "array", "items": {"type": "object"}, "required": False}


class Model:
    resume = "auto"

    def __init__(self):
        self.weights = "shipped"

    def warm(self, published):
        self.weights = "shipped" if published is None else weights_from(published)

    def predict(self):
        return {"weights": self.weights}

    def get_train_args(self):
        return {"control": {"type": "string", "required": False}, "script": SCRIPT, "again": SCRIPT, "onAbort": SCRIPT}

    def train(self, control="", script=(), again=None, onAbort=None):
        controlled = Controlled(control)
        run = current_run()
        try:
            return play(again if run.attempt > 1 and again else script, run, controlled)
        except KeyboardInterrupt:
            if onAbort is None:
                raise
            return play(onAbort, run, controlled)


def weights_from(path):
    """Returns the text of the file. Fails if it is `broken`."""
    with open(path) as file:
        text = file.read()
    if text == "broken":
        raise ValueError("The file has no weights.")
    return text


def play(actions, run, controlled):
    for action in actions:
        if action["do"] == "return":
            return with_numbers(action["value"])
        act(action, run, controlled)
    return None


def act(action, run, controlled):
    do = action["do"]
    if do == "report":
        given = {name: action.get(name) for name in ("step", "total", "message")}
        run.report(**given, **with_numbers(action.get("metrics", {})))
    elif do == "log":
        run.log(action["text"], action.get("level", "info"))
    elif do == "checkpoint":
        file = action.get("file")
        run.checkpoint(action["step"], data=action.get("data"), file=None if file is None else file.encode())
    elif do == "artifact":
        run.artifact(action["name"], action["text"].encode(), content_type=action.get("contentType"))
    elif do == "publish":
        run.publish(action["text"].encode(), **action.get("options", {}))
    elif do == "note":
        controlled.note(action["name"], json.dumps({"attempt": run.attempt, "resumeFrom": described(run.resume_from)}))
    elif do == "gate":
        controlled.gate(action["name"])
    elif do == "hang":
        controlled.hang(action["name"])
    elif do == "throw":
        raise ValueError(action["message"])
    elif do == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    else:
        raise NotImplementedError(do)


def described(checkpoint):
    if checkpoint is None:
        return None
    text = None
    if checkpoint.file is not None:
        with open(checkpoint.file) as file:
            text = file.read()
    return {"step": checkpoint.step, "data": checkpoint.data, "file": text}


def with_numbers(value):
    """Replaces the strings "NaN", "Infinity" and "-Infinity" by the numbers."""
    if value in ("NaN", "Infinity", "-Infinity"):
        return float(value)
    if isinstance(value, list):
        return [with_numbers(item) for item in value]
    if isinstance(value, dict):
        return {name: with_numbers(item) for name, item in value.items()}
    return value

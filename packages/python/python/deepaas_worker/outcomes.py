"""What a model returned or raised, as the outcome that is sent to the server."""
import types

from deepaas_worker.errors import FAILED, error_for_log, first_line, meant_error, without_folders
from deepaas_worker.files import given_file
from deepaas_worker.pipes import encode_frame, send
from deepaas_worker.values import NotJson, to_json

#: Never files, and found without looking at their members.
PLAIN = frozenset((dict, list, tuple, str, int, float, bool, type(None)))
NO_JSON = (TypeError, ValueError, RecursionError, OverflowError)


class Sender:
    def __init__(self, folder):
        self._folder = folder

    def predict_frame(self, head, result, args):
        """Returns the frame with the result of a predict. `head`: the message without its outcome."""
        try:
            file = self._file_of(result, args)
            if file is not None:
                entry, attached = file.entry("/outcome/value", self._folder)
                return encode_frame({**head, "outcome": {"ok": True, "value": None}, "files": [entry]}, (attached,))
            return self.item_frame(head, result)
        except OSError as error:
            return encode_frame({**head, "outcome": refused("", f"The model's file cannot be read: {error.strerror}.")})
        except ValueError as error:
            return encode_frame({**head, "outcome": refused("", first_line(error))})

    def item_frame(self, head, value):
        """Returns the frame with an item of a stream or a JSON result."""
        if not isinstance(value, types.GeneratorType):
            try:
                return encode_frame({**head, "outcome": {"ok": True, "value": value}})
            except NO_JSON:
                pass
        try:
            return encode_frame({**head, "outcome": {"ok": True, "value": to_json(value)}})
        except NotJson as error:
            return encode_frame({**head, "outcome": refused(error.pointer, str(error))})

    def batch_frame(self, head, results, args_list):
        outcomes = []
        files = []
        attachments = []
        for i, (result, args) in enumerate(zip(results, args_list)):
            try:
                if isinstance(result, Exception):
                    raise result
                file = self._file_of(result, args)
                if file is None:
                    outcomes.append({"ok": True, "value": to_json(result)})
                    continue
                entry, attached = file.entry(f"/outcomes/{i}/value", self._folder)
                outcomes.append({"ok": True, "value": None})
                files.append(entry)
                attachments.append(attached)
            except NotJson as error:
                outcomes.append(refused(error.pointer, str(error)))
            except Exception as error:
                outcomes.append(failure(error, head))
        message = {**head, "outcomes": outcomes, **({"files": files} if files else {})}
        return encode_frame(message, attachments)

    def _file_of(self, result, args):
        accept = args.get("accept")
        if not isinstance(accept, str) or accept == "*/*":
            accept = None
        wants_text = accept is not None and accept != "application/json" and not accept.endswith("+json")
        if type(result) in PLAIN:
            # As in the original: None is an empty body.
            if wants_text and (result is None or isinstance(result, str)):
                return given_file((result or "").encode("utf-8", "replace"), accept)
            return None
        # As in the original exactly what was asked for, also a range such as `audio/*`, which the model lists.
        return given_file(result, accept)


def train_outcome(result, warn):
    """The outcome of a training: NaN and infinities become None."""
    try:
        value = to_json(result, lambda pointer: warn(f"The result's number at {pointer or '/'} was not finite and became null."))
        return {"ok": True, "value": value}
    except NotJson as error:
        return refused(error.pointer, str(error))


def refused(pointer, message):
    issues = [{"pointer": pointer, "rule": "json", "message": message}]
    server_log("error", "The model's result has no JSON form.", {"issues": issues})
    error = {"code": "invalid_response", "message": "The model's result has no JSON form.", "issues": issues}
    return {"ok": False, "error": error}


def failure(error, about):
    """The outcome of a call whose model raised `error`: what the model means for its caller, else a fault, which is logged."""
    data = meant_error(error)
    if data is None:
        log_error("the model failed", error, about)
        data = {"code": "internal", "message": FAILED}
    return {"ok": False, "error": data}


def train_failure(error, about):
    """As `failure`, but the message is part of the run's record."""
    data = meant_error(error)
    if data is None:
        log_error("the training failed", error, about)
        data = {"code": "internal", "message": without_folders(_train_message(error))}
    return {"ok": False, "error": data}


def _train_message(error):
    if isinstance(error, SystemExit):
        return f"The training called sys.exit({error.code!r})."
    return first_line(error)


def log_error(text, error, about):
    fields = {name: value for name, value in about.items() if name in ("model", "requestId", "runId")}
    send({"type": "serverLog", "level": "error", "message": text, "fields": fields, "error": error_for_log(error)})


def server_log(level, text, fields):
    send({"type": "serverLog", "level": level, "message": text, "fields": fields})

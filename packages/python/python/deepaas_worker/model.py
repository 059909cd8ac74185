"""A model of Python as the worker calls it: a module, or an instance of a class, with the methods of the original."""
import inspect
import types

from deepaas_worker import fields
from deepaas_worker.errors import Refused
from deepaas_worker.outcomes import log_error
from deepaas_worker.values import NotJson, to_json


class Model:
    def __init__(self, name, target):
        self.name = name
        self.target = target
        self.predict = self._method("predict")
        self.predict_batch = self._method("predict_batch")
        self.predict_stream = self._method("predict_stream")
        if self.predict_stream is None and inspect.isgeneratorfunction(self.predict):
            self.predict_stream = self.predict
        self.train = self._method("train")
        self.reload = self._method("reload")
        self.close = self._method("close")
        self.predict_source = self._source("get_predict_args", self.predict or self.predict_stream)
        self.train_source = self._source("get_train_args", self.train)

    def warm(self, published):
        """`published`: path of the weights, or None for those that the model is shipped with."""
        warm = self._method("warm")
        if warm is None:
            return
        # The original calls it without arguments.
        if _takes_argument(warm):
            warm(published)
        else:
            warm()

    def declaration(self):
        """What the worker states about the model (PROTOCOL.md, "Declarations")."""
        stated = {
            "predictFields": self._part("get_predict_args", lambda: fields.declared_fields(self.predict_source)),
            "trainFields": self._part("get_train_args", lambda: fields.declared_fields(self.train_source)),
            "has": {
                "predict": self.predict is not None,
                "predictBatch": self.predict_batch is not None,
                "predictStream": self.predict_stream is not None,
                "train": self.train is not None,
                "reload": self.reload is not None,
            },
            # A training that was not written for it must not run again after it has used up the memory.
            "resume": self._value("resume", str) or "never",
        }
        metadata = self._metadata()
        if metadata is not None:
            stated["metadata"] = metadata
        schema = getattr(self.target, "schema", None)
        if schema is not None and not isinstance(schema, types.ModuleType) and not inspect.isroutine(schema):
            response = self._part("schema", lambda: fields.declared_response(schema))
            if response is not None:
                stated.update(response)
        for member, name, kinds in (
            ("needs", "needs", (list, tuple)),
            ("promote", "promote", (str, dict)),
            ("shippedMetrics", "shipped_metrics", dict),
        ):
            value = self._value(name, kinds)
            if value is not None:
                stated[member] = self._part(name, lambda value=value: to_json(value))
        return stated

    def predict_args(self, values):
        return _loaded(self.predict_source, values)

    def train_args(self, values):
        return _loaded(self.train_source, values)

    def _method(self, name):
        found = getattr(self.target, name, None)
        if not callable(found) or isinstance(found, type):
            return None
        origin = getattr(found, "__module__", None)
        # `from importlib import reload` is no method of a model.
        if origin in ("importlib", "imp"):
            return None
        # The original's BaseModel raises NotImplementedError in all that a model has not defined. Its arguments are none.
        if origin == "deepaas.model.v2.base" and not name.startswith("get_"):
            return None
        return found

    def _source(self, name, function):
        get = self._method(name)
        if get is not None:
            return self._part(name, lambda: _unless_not_implemented(get))
        return function if function is not None else {}

    def _value(self, name, kinds):
        value = getattr(self.target, name, None)
        return value if isinstance(value, kinds) else None

    def _metadata(self):
        get = self._method("get_metadata")
        try:
            metadata = None if get is None else _unless_not_implemented(get)
            return to_json(metadata) if metadata else None
        except Exception as error:
            # Metadata is for display: a fault in it must not stop the start.
            log_error("get_metadata failed: the model is served without its metadata", error, {"model": self.name})
            return None

    def _part(self, member, make):
        try:
            return make()
        except NotJson as error:
            raise ValueError(f"Model {self.name}: {member} at {error.pointer or '/'}: {error}") from error
        except Exception as error:
            raise ValueError(f"Model {self.name}: {member}: {type(error).__name__}: {error}") from error


def _unless_not_implemented(get):
    """As in the original, a model that does not implement its arguments has none."""
    try:
        return get()
    except NotImplementedError:
        return {}


def _takes_argument(function):
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return False
    return any(one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD, one.VAR_POSITIONAL) for one in parameters)


def _loaded(source, values):
    try:
        return fields.load_args(source, values)
    except fields.InvalidArgs as error:
        issues = [{"rule": "model", **issue} for issue in error.issues]
        raise Refused("invalid_args", "The arguments are not valid.", issues=issues) from error

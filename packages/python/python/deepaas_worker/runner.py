"""Runs a call with its model and sends the answer."""
import deepaas_run

from deepaas_worker.calls import NextItem
from deepaas_worker.errors import Refused, first_line, without_folders
from deepaas_worker.hooks import step_metrics
from deepaas_worker.interrupts import interrupts
from deepaas_worker.outcomes import Sender, failure, log_error, server_log, train_failure, train_outcome
from deepaas_worker.output import flush_output, leave_fork
from deepaas_worker.pipes import encode_frame, is_worker, write_frame
from deepaas_worker.training import WorkerRun

class Runner:
    def __init__(self, loaded, folder, finish):
        self._models = loaded.models
        self._versions = loaded.versions
        self._folder = folder
        self._sender = Sender(folder)
        self._finish = finish
        self._kinds = {"predict": self._predict, "predictBatch": self._predict_batch, "reload": self._reload}
        #: Weights that a reload has brought; they stay until the next ones.
        self._weights = {}

    @property
    def models(self):
        return list(self._models.values())

    def run(self, call, lane):
        """Runs anything but a training."""
        if isinstance(call, NextItem):
            self._next_item(call.stream)
            return
        frame = self._interruptible(call, self._kinds[call.kind])
        self._finish(call, frame, lane)

    def train(self, call):
        frame = self._interruptible(call, self._train)
        # From here on it is not interrupted.
        deepaas_run._leave()
        # What the model printed belongs to the run's log, before the end of the run.
        flush_output()
        self._finish(call, frame, None)

    def _interruptible(self, call, work):
        """Returns the frame that `work` returns, or the one of the abort."""
        try:
            try:
                interrupts.entered(call)
                if call.abort_error is not None:
                    return self._aborted(call)
                frame = work(call)
                if not is_worker():
                    leave_fork()
                return frame
            finally:
                interrupts.left(call)
        except KeyboardInterrupt as error:
            if call.abort_error is None:
                # The model's own.
                return self._failed(call, error)
            return self._aborted(call)
        except BaseException as error:
            return self._failed(call, error)

    def _predict(self, call):
        message = call.message
        model = self._models[call.model]
        head = {"type": "outcome", "id": call.id, "version": self._versions[call.model]}
        with call.files(self._folder):
            args = message["args"]
            if model.predict is None and model.predict_batch is not None:
                (result,) = self._batch_results(model, [args])
                if isinstance(result, Exception):
                    raise result
            elif model.predict is None:
                raise Refused("not_implemented", f"Model {call.model} has no predict.")
            else:
                result = model.predict(**model.predict_args(args))
            return self._sender.predict_frame(head, result, args)

    def _predict_batch(self, call):
        model = self._models[call.model]
        head = {"type": "outcomes", "id": call.id, "version": self._versions[call.model]}
        with call.files(self._folder):
            args_list = call.message["argsList"]
            results = self._batch_results(model, args_list)
            return self._sender.batch_frame(head, results, args_list)

    def _batch_results(self, model, args_list):
        if model.predict_batch is None:
            raise Refused("not_implemented", f"Model {model.name} has no predict_batch.")
        # Arguments that only the model itself refuses fail alone.
        loaded = []
        refused = {}
        for i, args in enumerate(args_list):
            try:
                loaded.append(model.predict_args(args))
            except Refused as error:
                refused[i] = error
        results = list(model.predict_batch(loaded)) if loaded else []
        if len(results) != len(loaded):
            message = "The model did not give one result for each call of the batch."
            raise Refused("invalid_response", message)
        remaining = iter(results)
        return [refused[i] if i in refused else next(remaining) for i in range(len(args_list))]

    def _next_item(self, stream):
        frame = None if stream.returned else self._interruptible(stream, self._item)
        if frame is None:
            self._end(stream)
            self._finish(stream, encode_frame({"type": "end", "id": stream.id}), None)
            return
        write_frame(frame)
        stream.thread = None

    def _item(self, stream):
        """Returns None at the end."""
        model = self._models[stream.model]
        head = {"type": "item", "id": stream.id, "version": self._versions[stream.model]}
        if stream.items is None:
            if model.predict_stream is None:
                raise Refused("not_implemented", f"Model {stream.model} has no predict_stream.")
            stream.received = stream.files(self._folder)
            stream.items = iter(model.predict_stream(**model.predict_args(stream.message["args"])))
        try:
            item = next(stream.items)
        except StopIteration:
            return None
        return self._sender.item_frame(head, item)

    def _end(self, stream):
        try:
            close = getattr(stream.items, "close", None)
            if close is not None:
                close()
        except BaseException as error:
            log_error("the model's stream failed to close", error, stream.about())
        if stream.received is not None:
            stream.received.__exit__()

    def _train(self, call):
        model = self._models[call.model]
        with call.files(self._folder):
            run = call.run = WorkerRun(call, self._folder)
            if model.train is None:
                raise Refused("not_implemented", f"Model {call.model} has no train.")
            args = model.train_args(call.message["args"])
            deepaas_run._enter(run)
            try:
                result = model.train(**args)
            finally:
                step_metrics.flush()
            outcome = train_outcome(result, lambda text: run.log(text, "warning"))
        return encode_frame({"type": "outcome", "id": call.id, "outcome": outcome})

    def _reload(self, call):
        model = self._models[call.model]
        received = call.files(self._folder)
        weights = call.message["weights"]
        try:
            if model.reload is not None:
                model.reload(weights and weights["file"].filename)
            else:
                model.warm(weights and weights["file"].filename)
        except Exception as error:
            received.__exit__()
            log_error("the model failed to load new weights", error, call.about())
            outcome = {"ok": False, "error": {"code": "internal", "message": without_folders(first_line(error))}}
        else:
            previous = self._weights.get(call.model)
            self._weights[call.model] = received
            if previous is not None:
                previous.__exit__()
            self._versions[call.model] = weights["version"] if weights else 0
            outcome = {"ok": True, "value": None}
        return encode_frame({"type": "outcome", "id": call.id, "outcome": outcome, "version": self._versions[call.model]})

    def _aborted(self, call):
        return self._answer(call, call.aborted_outcome())

    def _failed(self, call, error):
        if not is_worker():
            leave_fork(error)
        if call.abort_error is not None and not isinstance(error, Exception):
            return self._aborted(call)
        about = call.about()
        try:
            outcome = train_failure(error, about) if call.kind == "train" else failure(error, about)
        except Exception:
            server_log("error", "the model's exception cannot be read", about)
            outcome = {"ok": False, "error": {"code": "internal", "message": "The model failed. See the server's log."}}
        return self._answer(call, outcome)

    def _answer(self, call, outcome):
        version = self._versions[call.model]
        if call.kind == "predictBatch":
            outcomes = [outcome for _ in call.message["argsList"]]
            return encode_frame({"type": "outcomes", "id": call.id, "outcomes": outcomes, "version": version})
        message = {"type": "item" if call.kind == "stream" else "outcome", "id": call.id, "outcome": outcome}
        return encode_frame(message if call.kind == "train" else {**message, "version": version})


"""
Passes on the metrics that a training gives to the libraries that log them. Each library is wrapped after it was imported, by the
model or by one of its own modules; the model does not change, and a fault of a wrapper never reaches it.
"""
import functools
import importlib.abc
import importlib.machinery
import numbers
import os
import sys
import threading

import deepaas_run

#: Metrics of a step that has not ended are passed on after this time.
FLUSH_SECONDS = 0.5


def install_hooks():
    """Call it before the models are imported."""
    if os.environ.get("DEEPAAS_HOOKS", "").lower() in ("0", "false", "no", "off"):
        return
    for name in list(_WRAPPERS):
        module = sys.modules.get(name)
        if module is not None:
            _wrap(name, module)
    sys.meta_path.insert(0, _Finder())


class StepMetrics:
    """Metrics of one step are one report, however many calls they come with."""

    def __init__(self):
        self._lock = threading.Lock()
        self._run = None
        self._step = None
        self._total = None
        self._metrics = {}
        self._timer = None

    def add(self, metrics, step=None, total=None):
        """`step` None: that of the call before."""
        run = deepaas_run.current_run()
        if run.run_id is None:
            return
        found = {name: value for name, value in _numbers(metrics)}
        if not found:
            return
        step = self._step if step is None and run is self._run else step
        with self._lock:
            if run is not self._run or step != self._step:
                self._send()
                self._run, self._step, self._total = run, step, None
            self._metrics.update(found)
            self._total = total if total is not None else self._total
            if self._timer is None:
                self._timer = threading.Timer(FLUSH_SECONDS, self.flush)
                self._timer.daemon = True
                self._timer.start()

    def flush(self):
        with self._lock:
            self._send()

    def _send(self):
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        metrics, self._metrics = self._metrics, {}
        if metrics:
            self._run.report_metrics(metrics, step=self._step, total=self._total)


    def forget(self):
        """In a process that the model has forked: the lock may be held by a thread that is not there."""
        self.__init__()


step_metrics = StepMetrics()
os.register_at_fork(after_in_child=step_metrics.forget)


def _numbers(metrics):
    for name, value in metrics.items():
        item = getattr(value, "item", None)
        if not isinstance(value, numbers.Number) and callable(item):
            try:
                value = item()
            except Exception:
                continue
        if isinstance(value, numbers.Real) and not isinstance(value, bool):
            yield str(name), float(value)


def _after(owner, name, observe):
    """Replaces a function by one that calls it and then `observe` with its arguments."""
    original = getattr(owner, name, None)
    if original is None or hasattr(original, "__deepaas_original__"):
        return

    @functools.wraps(original)
    def wrapper(*args, **kwargs):
        result = original(*args, **kwargs)
        try:
            observe(*args, **kwargs)
        except Exception:
            # Such as other arguments in a later version of the library.
            pass
        return result

    wrapper.__deepaas_original__ = original
    setattr(owner, name, wrapper)


def _summary_writer(module):
    def add_scalar(_self, tag, scalar_value, global_step=None, *_args, **_kwargs):
        step_metrics.add({tag: scalar_value}, step=global_step)

    _after(module.SummaryWriter, "add_scalar", add_scalar)


def _mlflow(module):
    _after(module, "log_metric", lambda key, value, step=None, *_args, **_kwargs: step_metrics.add({key: value}, step=step))
    _after(module, "log_metrics", lambda metrics, step=None, *_args, **_kwargs: step_metrics.add(metrics, step=step))


class _Counted:
    """A library that counts its calls where it is given no step."""

    def __init__(self):
        self._run = None
        self._calls = 0

    def log(self, metrics, step=None, *_args, **_kwargs):
        run = deepaas_run.current_run()
        if run is not self._run:
            self._run, self._calls = run, 0
        step_metrics.add(metrics, step=self._calls if step is None else step)
        self._calls = self._calls + 1 if step is None else step + 1


def _tracker(module):
    """wandb and trackio: `log` is a function of the module, which `init` replaces, and a method of the run."""
    counted = _Counted()
    run_class = getattr(getattr(module, "wandb_run", None), "Run", None) or getattr(module, "Run", None)
    if isinstance(run_class, type) and hasattr(run_class, "log"):
        _after(run_class, "log", lambda _self, data, step=None, *args, **kwargs: counted.log(data, step))
    else:
        _after(module, "log", counted.log)


def _keras(module):
    def on_epoch_end(self, epoch, logs=None, *_args, **_kwargs):
        total = (getattr(self, "params", None) or {}).get("epochs")
        step_metrics.add(logs or {}, step=epoch + 1, total=total)
        step_metrics.flush()

    _after(module.CallbackList, "on_epoch_end", on_epoch_end)


def _transformers(module):
    def on_log(_self, _args, state, _control, logs, *_more, **_kwargs):
        step_metrics.add(logs, step=state.global_step, total=state.max_steps if state.max_steps > 0 else None)
        step_metrics.flush()

    _after(module.CallbackHandler, "on_log", on_log)


def _lightning(module):
    def log_metrics(self, metrics, step=None, *_args, **_kwargs):
        trainer = getattr(self, "trainer", None)
        step_metrics.add(metrics, step=getattr(trainer, "global_step", None) if step is None else step)

    _after(module._LoggerConnector, "log_metrics", log_metrics)


_CONNECTOR = "trainer.connectors.logger_connector.logger_connector"
_WRAPPERS = {
    "tensorboardX.writer": _summary_writer,
    "torch.utils.tensorboard.writer": _summary_writer,
    "mlflow": _mlflow,
    "wandb": _tracker,
    "trackio": _tracker,
    "keras.src.callbacks.callback_list": _keras,
    "keras.src.callbacks": _keras,
    "keras.callbacks": _keras,
    "transformers.trainer_callback": _transformers,
    f"lightning.pytorch.{_CONNECTOR}": _lightning,
    f"pytorch_lightning.{_CONNECTOR}": _lightning,
}


def _wrap(name, module):
    try:
        _WRAPPERS[name](module)
    except Exception:
        # Another version of the library: its metrics are not passed on.
        pass


class _Finder(importlib.abc.MetaPathFinder):
    """Finds nothing itself: it lets the others find the module, and wraps it once it was executed."""

    def find_spec(self, fullname, path, target=None):
        if fullname not in _WRAPPERS:
            return None
        for finder in sys.meta_path:
            if finder is self or not hasattr(finder, "find_spec"):
                continue
            spec = finder.find_spec(fullname, path, target)
            if spec is None:
                continue
            if spec.loader is not None and hasattr(spec.loader, "exec_module"):
                spec.loader = _Loader(spec.loader)
            return spec
        return None


class _Loader(importlib.abc.Loader):
    def __init__(self, loader):
        self._loader = loader

    def create_module(self, spec):
        return self._loader.create_module(spec)

    def exec_module(self, module):
        # Some modules ask for their own loader, for example for data files.
        module.__spec__.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        _wrap(module.__name__, module)

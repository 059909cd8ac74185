"""Loads and warms the models of a `start` message."""
import os
import threading
import time

from deepaas_worker.errors import first_line, without_folders
from deepaas_worker.files import ReceivedFiles
from deepaas_worker.guard import rss_bytes
from deepaas_worker.hooks import install_hooks
from deepaas_worker.loading import LoadError, load_model, loaded_files
from deepaas_worker.model import Model
from deepaas_worker.outcomes import log_error, server_log
from deepaas_worker.output import flush_output
from deepaas_worker.pipes import send
from deepaas_worker.shim import offer_shim

#: How often the log says that the models are still being loaded.
STILL_LOADING_SECONDS = 5


class LoadedModels:
    def __init__(self, models, versions):
        self.models = models
        self.versions = versions
        self._declarations = {name: model.declaration() for name, model in models.items()}

    def ready(self):
        rss = rss_bytes(os.getpid())
        ready = {"type": "ready", "protocol": 1, "models": self._declarations, "takesAhead": True}
        return {**ready, "rssBytes": rss} if rss else ready


def load_models(frame, folder):
    """Ends the process if a model cannot be loaded."""
    message = frame.message
    files = LoadedFiles(message["models"]) if message.get("reportFiles") else None
    patience = Patience()
    try:
        offer_shim()
        install_hooks()
        # Not deleted before the process ends: a model may read its weights when it likes.
        ReceivedFiles(frame, folder)
        models = {}
        for name, given in message["models"].items():
            patience.step = f"importing {given}"
            models[name] = Model(name, load_model(name, given))
        if files:
            files.report()
        versions = {}
        for name, model in models.items():
            patience.step = f"warming {name}"
            weights = message["weights"].get(name)
            versions[name] = weights["version"] if weights else 0
            _warm(model, weights and weights["file"].filename)
        loaded = LoadedModels(models, versions)
        if files:
            files.report()
        return loaded
    except BaseException as error:
        if files:
            files.report()
        if not isinstance(error, LoadError):
            cause = error
        else:
            cause = error.__cause__
        if cause is not None:
            log_error("a model could not be loaded", cause, {})
        text = str(error) if isinstance(error, (LoadError, ValueError)) else first_line(error)
        send({"type": "failed", "message": " ".join(text.split())})
        flush_output()
        os._exit(1)
    finally:
        patience.end()


def _warm(model, published):
    try:
        model.warm(published)
    except SystemExit as error:
        raise LoadError(f"Model {model.name} could not be warmed: it called sys.exit({error.code!r})") from error
    except Exception as error:
        text = without_folders(f"{type(error).__name__}: {first_line(error)}")
        raise LoadError(f"Model {model.name} could not be warmed: {text}") from error


class LoadedFiles:
    """Tells the server what the models were loaded from, whenever that has changed."""

    def __init__(self, models):
        self._models = models
        self._sent = None

    def report(self):
        paths = [os.path.abspath(given) for given in self._models.values() if given.endswith(".py")]
        hashes = loaded_files(paths)
        if hashes != self._sent:
            send({"type": "loaded", "models": {name: hashes for name in self._models}})
        self._sent = hashes


class Patience:
    """Says in the server's log what takes long."""

    def __init__(self):
        self.step = "starting"
        self._ended = threading.Event()
        self._began = time.monotonic()
        threading.Thread(target=self._watch, daemon=True, name="deepaas-patience").start()

    def end(self):
        self._ended.set()

    def _watch(self):
        while not self._ended.wait(STILL_LOADING_SECONDS):
            seconds = round(time.monotonic() - self._began)
            server_log("info", f"still {self.step}, for {seconds} s", {"pid": os.getpid()})

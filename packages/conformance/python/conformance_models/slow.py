"""Returns when its gate opens or the call is aborted, and writes notes about both."""
import threading

from conformance_models.control import Controlled


class Model:
    def __init__(self):
        self._lock = threading.Lock()
        self._running = 0
        self._at_once = 0
        self._controlled = Controlled("")

    def get_predict_args(self):
        return {
            "control": {"type": "string"},
            "gate": {"type": "string", "default": "go"},
            "label": {"type": "string", "default": ""},
            "ignoresSignal": {"type": "boolean", "default": False},
        }

    def predict(self, control, gate, label, ignoresSignal):
        controlled = self._controlled = Controlled(control)
        with self._lock:
            self._running += 1
            self._at_once = max(self._at_once, self._running)
        try:
            controlled.note("started", label)
            (controlled.hang if ignoresSignal else controlled.gate)(gate)
            return {"label": label, "atOnce": self._at_once}
        except KeyboardInterrupt:
            controlled.note("aborted")
            raise
        finally:
            with self._lock:
                self._running -= 1

    def close(self):
        self._controlled.note("closed")

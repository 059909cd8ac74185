"""The model's side of `src/control.ts`."""
import os
import time

POLL_SECONDS = 0.002


class HTTPException(Exception):
    """As those of web frameworks: the worker answers with its status."""

    def __init__(self, status, reason):
        super().__init__(reason)
        self.status = status
        self.reason = reason


class Controlled:
    """With an empty folder the model passes every gate and writes no notes."""

    def __init__(self, folder):
        self._folder = folder

    def note(self, name, text=""):
        if not self._folder:
            return
        try:
            with open(os.path.join(self._folder, f"note-{name}"), "a") as file:
                file.write(f"{text}\n")
        except OSError:
            # The folder may have been removed: a test does not wait for every model.
            pass

    def gate(self, name):
        """Raises KeyboardInterrupt if the call is aborted before the gate is open."""
        while self._folder and not self._is_open(name):
            time.sleep(POLL_SECONDS)

    def hang(self, name):
        """As `gate`, and goes on waiting when the call is aborted."""
        while True:
            try:
                return self.gate(name)
            except KeyboardInterrupt:
                pass

    def _is_open(self, name):
        try:
            return os.path.getsize(os.path.join(self._folder, f"gate-{name}")) > 0
        except OSError:
            return False

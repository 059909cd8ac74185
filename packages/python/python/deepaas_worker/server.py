"""Reads the messages of the server and runs the calls: in the main thread, where a KeyboardInterrupt can stop them, as long as it
is free; predicts beside a training, and trainings beside another one, in other threads."""
import atexit
import os
import threading
from queue import SimpleQueue

from deepaas_worker.calls import BEGUN, ENDED, HELD, RUNNING, Call, Command, NextItem, Stream
from deepaas_worker.interrupts import interrupts
from deepaas_worker.output import flush_output
from deepaas_worker.pipes import begun_frame, has_arrived, read_frames, send, write_frame
from deepaas_worker.reading import Reading
from deepaas_worker.runner import Runner
from deepaas_worker.start import load_models

CLOSE = Command("close")
#: Wakes the main thread, which may read now. Not a call.
READ = Command("read")


def main(folder):
    interrupts.install()
    server = Server(folder)
    threading.Thread(target=server.read, daemon=True, name="deepaas-reader").start()
    server.serve()


class Server:
    def __init__(self, folder):
        self._folder = folder
        self._main = Lane()
        #: Predicts beside a training in the main thread.
        self._side = None
        self._lock = threading.Lock()
        self._calls = {}
        self._trainings = 0
        self._one_by_one = False
        self._predicting = threading.Lock()
        self._start = SimpleQueue()
        self._runner = None
        self._frames = read_frames()
        self._reading = Reading()

    def serve(self):
        """In the main thread; ends the process."""
        message = self._start.get()
        if message is None:
            self._exit(())
        self._one_by_one = message.message.get("oneByOne", False)
        loaded = load_models(message, self._folder)
        self._runner = Runner(loaded, self._folder, self._finish)
        send(loaded.ready())
        self._run_lane(self._main, self._take_or_read)

    def read(self):
        """In the reader's thread: reads whenever the main thread cannot."""
        started = False
        for frames in self._frames:
            if not started:
                started = True
                self._start.put(frames.pop(0) if frames[0].message["type"] == "start" else None)
            main_is_free = self._one_by_one and self._trainings == 0 and not self._main.busy
            self._take_in(frames)
            if main_is_free:
                self._reading.leave_to_main()
                self._main.wake()
                self._reading.stand_by()
        # The guard ends this process.

    def _take_or_read(self):
        """In the main thread: returns the next call."""
        lane = self._main
        while True:
            may_read = self._reading.main_may_read()
            must_read = may_read and (lane.empty or has_arrived())
            while must_read:
                # At its end the server is gone, and the guard ends this process.
                self._take_in(next(self._frames, None) or self._start.get())
                must_read = lane.empty
            call = lane.take()
            if may_read:
                self._reading.main_runs(training=call.kind == "train")
            if call is not READ:
                return call

    def _take_in(self, frames):
        # What arrived together is seen together: an abort may follow its call.
        calls = [call for frame in frames for call in self._receive(frame)]
        for call in calls:
            self._dispatch(call)

    def _receive(self, frame):
        message = frame.message
        kind = message["type"]
        if kind in ("predict", "predictBatch", "train", "reload"):
            call = Call(frame)
            self._calls[call.id] = call
            return [call]
        if kind == "stream":
            stream = Stream(frame)
            stream.state = RUNNING
            self._calls[stream.id] = stream
        elif kind in ("next", "return"):
            stream = self._calls.get(message["id"])
            if isinstance(stream, Stream):
                stream.returned = stream.returned or kind == "return"
                if kind == "return" and stream.thread is not None:
                    self._abort(stream, {"code": "cancelled", "message": "The caller stopped reading the stream."})
                return [NextItem(stream)]
        elif kind == "saved":
            call = self._calls.get(message["id"])
            run = getattr(call, "run", None)
            if run is not None:
                run.on_saved(message)
        elif kind == "abort":
            call = self._calls.get(message["id"])
            if call is not None:
                self._abort(call, message["error"])
        elif kind == "close":
            return [CLOSE]
        # Anything else is of a later version of the protocol.
        return []

    def _abort(self, call, error):
        with self._lock:
            if call.state in (HELD, BEGUN):
                call.abort_error = error
                call.state = ENDED
                del self._calls[call.id]
            elif call.thread is None:
                call.abort_error = call.abort_error or error
                return
            else:
                call.abort(error)
                return
        answer = {"type": "outcome", "id": call.id, "outcome": call.aborted_outcome()}
        if call.kind == "predictBatch":
            outcomes = [call.aborted_outcome() for _ in call.message["argsList"]]
            answer = {"type": "outcomes", "id": call.id, "outcomes": outcomes}
        send(answer)

    def _dispatch(self, call):
        with self._lock:
            if call is CLOSE or (call.kind == "train" and self._trainings == 0):
                lane = self._main
            elif call.kind != "train" and self._one_by_one and self._trainings > 0:
                lane = self._side = self._side or self._new_lane()
            elif call.kind != "train" and (self._one_by_one or not self._main.busy):
                lane = self._main
            else:
                lane = None
            if call.kind == "train":
                self._trainings += 1
            if lane is not None:
                lane.put(call)
        if lane is None:
            threading.Thread(target=self._run, args=(call, None), daemon=True, name="deepaas-call").start()

    def _new_lane(self):
        lane = Lane()
        threading.Thread(target=self._run_lane, args=(lane, lane.take), daemon=True, name="deepaas-predict").start()
        return lane

    def _run_lane(self, lane, take):
        while True:
            call = take()
            if call is CLOSE:
                self._exit(self._runner.models)
            self._run(call, lane)
            lane.done()

    def _run(self, call, lane):
        with self._lock:
            if call.state == ENDED:
                return
            is_new = call.state == HELD
            call.state = RUNNING
            owner = call.stream if isinstance(call, NextItem) else call
            owner.thread = threading.get_ident()
        if is_new and owner.message.get("ahead") and not isinstance(call, NextItem):
            write_frame(begun_frame(call.id))
        if call.kind == "train":
            self._runner.train(call)
        elif self._one_by_one:
            with self._predicting:
                self._runner.run(call, lane)
        else:
            self._runner.run(call, lane)

    def _finish(self, call, frame, lane):
        """
        Sends the answer of a call. Where the lane has another predict, it begins in the same write: so the server knows
        at once which of the predicts that it has sent ahead is the one that runs.
        """
        with self._lock:
            call.state = ENDED
            self._calls.pop(call.id, None)
            if call.kind == "train":
                self._trainings -= 1
            upcoming = lane.next_predict() if lane is not None and call.kind == "predict" else None
            if upcoming is not None:
                upcoming.state = BEGUN
                if upcoming.message.get("ahead"):
                    frame += begun_frame(upcoming.id)
        write_frame(frame)

    def _exit(self, models):
        for model in models:
            try:
                if model.close is not None:
                    model.close()
            except BaseException as error:
                from deepaas_worker.outcomes import log_error

                log_error("the model failed to close", error, {"model": model.name})
        atexit._run_exitfuncs()
        flush_output()
        # Threads that the model has left running must not keep the process.
        os._exit(0)


class Lane:
    """Calls that one thread runs, one after the other."""

    def __init__(self):
        self._queue = SimpleQueue()
        self._next = None
        self.count = 0

    @property
    def busy(self):
        return self.count > 0

    @property
    def empty(self):
        return self._next is None and self._queue.empty()

    def put(self, call):
        self.count += 1
        self._queue.put(call)

    def wake(self):
        """`take` returns READ, which is no call."""
        self._queue.put(READ)

    def take(self):
        call = self._next
        if call is None:
            return self._queue.get()
        self._next = None
        return call

    def done(self):
        self.count -= 1

    def next_predict(self):
        """Returns the call that `take` returns next if it is a predict that was not ended, without removing it."""
        while self._next is None and not self._queue.empty():
            call = self._queue.get()
            if call is READ:
                continue
            if call.state == ENDED:
                self.count -= 1
                continue
            self._next = call
        call = self._next
        return call if call is not None and call.kind == "predict" else None

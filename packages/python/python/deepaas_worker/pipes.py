"""The worker's ends of the pipes: frames are read from descriptor 3 and written to descriptor 4."""
import json
import os
import select
import struct
import threading

from deepaas_worker.interrupts import interrupts

READ = 3
WRITE = 4
PREFIX = struct.Struct(">II")
MIN_READ = 65_536
MAX_PART = 1 << 30

# A cycle is a RecursionError.
_encoder = json.JSONEncoder(allow_nan=False, separators=(",", ":"), check_circular=False)


def _prepared_encode():
    """As `_encoder.encode`, which prepares itself anew for each value."""
    make = json.encoder.c_make_encoder
    if make is None:
        return _encoder.encode
    text = json.encoder.encode_basestring_ascii
    chunks = make(None, _encoder.default, text, None, ":", ",", False, False, False)
    return lambda value: "".join(chunks(value, 0))


_encode = _prepared_encode()
_decode = json.JSONDecoder().raw_decode
_arrivals = select.poll()
_arrivals.register(READ, select.POLLIN)
_write_lock = threading.Lock()
_worker = os.getpid()


class Frame:
    """A message and the bytes that are attached to it."""

    __slots__ = ("attached", "message")

    def __init__(self, message, attached):
        self.message = message
        self.attached = attached


def encode_frame(message, attached=()):
    """Raises ValueError, TypeError or RecursionError if the message has no JSON form."""
    header = _encode(message).encode("ascii")
    if not attached:
        return PREFIX.pack(len(header), 0) + header
    return b"".join((PREFIX.pack(len(header), sum(map(len, attached))), header, *attached))


def begun_frame(call_id):
    """Sent with most answers, so without an encoder."""
    header = b'{"type":"begun","id":%d}' % call_id
    return PREFIX.pack(len(header), 0) + header


def send(message):
    write_frame(encode_frame(message))


def write_frame(frame):
    """Returns when the pipe has taken the whole frame; a KeyboardInterrupt waits until then."""
    # A process that the model has forked is not the worker.
    if os.getpid() != _worker:
        return
    with interrupts.shield(), _write_lock:
        try:
            written = os.write(WRITE, frame)
            while written < len(frame):
                written += os.write(WRITE, memoryview(frame)[written:])
        except OSError:
            # The server is gone, or has closed the pipe.
            os.kill(_worker, 9)


def has_arrived():
    """True if reading would not wait."""
    return bool(_arrivals.poll(0))


def is_worker():
    return os.getpid() == _worker


def read_frames():
    """Yields a list of the frames that have arrived together. Ends when the server has closed the pipe."""
    # The begin of a frame, until the rest of it has arrived.
    begin = bytearray()
    needed = PREFIX.size
    while True:
        chunk = os.read(READ, max(MIN_READ, needed - len(begin)))
        if not chunk:
            return
        if begin:
            begin += chunk
            if len(begin) < needed:
                continue
            chunk = bytes(begin)
            begin.clear()
        frames = []
        at = 0
        while True:
            needed = PREFIX.size
            if len(chunk) - at < needed:
                break
            header_bytes, attached_bytes = PREFIX.unpack_from(chunk, at)
            if header_bytes > MAX_PART or attached_bytes > MAX_PART:
                raise ValueError("not a frame")
            needed += header_bytes + attached_bytes
            if len(chunk) - at < needed:
                break
            start = at + PREFIX.size
            end = start + header_bytes
            at += needed
            message, _ = _decode(chunk[start:end].decode())
            frames.append(Frame(message, chunk[end:at]))
        begin += chunk[at:]
        if frames:
            yield frames


def _after_fork_in_child():
    global _write_lock
    _write_lock = threading.Lock()
    for descriptor in (READ, WRITE):
        try:
            os.close(descriptor)
        except OSError:
            pass


os.register_at_fork(after_in_child=_after_fork_in_child)

"""Does to its process what it is told to."""
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time

if os.environ.get("FAULTY_IMPORT") == "slow":
    # Until the test has seen the line in the log.
    while not os.path.exists(os.environ["FAULTY_NOTE"]):
        time.sleep(0.02)
if os.environ.get("FAULTY_IMPORT") == "exit":
    os._exit(7)


def get_predict_args():
    return {"do": {"type": "string", "default": "pid"}, "note": {"type": "string", "default": ""}}


def get_train_args():
    return get_predict_args()


def mark(path, text):
    with open(path + ".part", "w") as file:
        file.write(str(text))
    os.rename(path + ".part", path)


def child_of_fork(note):
    pid = os.fork()
    if pid == 0:
        return "the child answers"
    _, status = os.waitpid(pid, 0)
    return status


def predict(do, note):
    if do == "pid":
        return os.getpid()
    if do == "os_exit":
        os._exit(3)
    if do == "block":
        mark(note, os.getpid())
        ctypes.CDLL(None).pause()
    if do == "segfault":
        ctypes.string_at(0)
    if do == "memory":
        held = []
        while True:
            held.append(bytearray(16_000_000))
            for at in range(0, len(held[-1]), 4096):
                held[-1][at] = 1
    if do == "fork":
        return child_of_fork(note)
    if do == "fork_writes":
        pid = os.fork()
        if pid == 0:
            for descriptor in (3, 4, 5):
                try:
                    os.write(descriptor, b"not a frame")
                except OSError:
                    pass
            print("printed by the child", flush=True)
            raise ValueError("raised by the child")
        _, status = os.waitpid(pid, 0)
        return os.WEXITSTATUS(status)
    if do == "descriptors":
        script = "import os\nfor fd in (3, 4, 5):\n try:\n  os.fstat(fd)\n  print(fd)\n except OSError: pass"
        return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, close_fds=False).stdout
    if do == "signals":
        script = "import signal; print([signal.getsignal(n) == signal.SIG_DFL for n in (signal.SIGTERM, signal.SIGHUP)])"
        return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stdout.strip()
    if do == "print":
        for i in range(50_000):
            print("x" * 100)
        return "printed"
    if do == "close_stdout":
        sys.stdout.close()
        os.close(1)
        return "closed"
    if do == "chdir":
        os.chdir("/")
        return os.getcwd()
    if do == "hold":
        hold_the_lock(note)
    if do == "grandchild":
        child = subprocess.Popen(["sleep", "600"])
        mark(note, child.pid)
        time.sleep(600)
    if do == "handler":
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        return "ignored"
    if do == "thread":
        threading.Thread(target=time.sleep, args=(600,)).start()
        return "started"
    return do


def hold_the_lock(note):
    """In a call of C that keeps the global lock: no other thread of Python runs."""
    mark(note, os.getpid())
    library = ctypes.PyDLL(None)
    library.pause()


def train(do, note):
    if do == "print":
        for i in range(3_000):
            print(f"line {i}")
    return predict(do, note)

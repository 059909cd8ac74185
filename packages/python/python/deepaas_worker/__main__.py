"""Starts the worker. This file can be read by any Python, so that one that is too old can say so."""
import os
import sys

PACKAGES = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def use_packages():
    """The folder of the worker comes last: packages of the user's environment have precedence."""
    own = os.path.join(PACKAGES, "deepaas_worker")
    sys.path[:] = [path for path in sys.path if os.path.abspath(path or ".") not in (own, PACKAGES)]
    sys.path.append(PACKAGES)


def refuse(message):
    import json
    import struct

    header = json.dumps({"type": "failed", "message": message}).encode("utf-8")
    os.write(4, struct.pack(">II", len(header), 0) + header)
    sys.exit(1)


# A process that multiprocessing starts reads this file again, under another name.
if __name__ == "__main__":
    use_packages()
    if sys.version_info < (3, 9):
        refuse("Python %s at %s is too old: at least 3.9 is needed" % (sys.version.split()[0], sys.executable))
    from deepaas_worker.guard import start_guard

    start_guard(sys.argv[1])
    from deepaas_worker.server import main

    main(sys.argv[1])

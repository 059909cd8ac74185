"""A progress bar that looks like one of tqdm."""
import sys


def bar(items):
    for done, item in enumerate(items):
        _draw(done, len(items))
        yield item
    _draw(len(items), len(items))
    print(file=sys.stderr)


def _draw(done, total):
    filled = 10 * done // total
    print(f"\r{100 * done // total:3d}%|{'█' * filled:10}| {done}/{total}", end="", file=sys.stderr, flush=True)

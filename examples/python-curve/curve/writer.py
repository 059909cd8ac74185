"""The SummaryWriter of tensorboardX or PyTorch, or, where neither is installed, one that writes a CSV file."""
from pathlib import Path

try:
    from tensorboardX import SummaryWriter
except ImportError:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:

        class SummaryWriter:
            def __init__(self, log_dir):
                Path(log_dir).mkdir(parents=True, exist_ok=True)
                self._file = open(Path(log_dir) / "scalars.csv", "w")

            def add_scalar(self, tag, scalar_value, global_step=None):
                print(tag, global_step, scalar_value, sep=",", file=self._file, flush=True)

            def close(self):
                self._file.close()

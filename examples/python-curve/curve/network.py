"""A small network with the methods of a module of PyTorch. It needs no library."""
import math
import random


class Network:
    """One input, one hidden layer with tanh, one output."""

    def __init__(self, hidden=8, seed=0):
        rng = random.Random(seed)
        self.w1 = [rng.uniform(-1, 1) for _ in range(hidden)]
        self.b1 = [rng.uniform(-1, 1) for _ in range(hidden)]
        self.w2 = [rng.uniform(-1, 1) for _ in range(hidden)]
        self.b2 = 0.0

    def forward(self, x):
        self.h = [math.tanh(w * x + b) for w, b in zip(self.w1, self.b1)]
        return sum(w * h for w, h in zip(self.w2, self.h)) + self.b2

    __call__ = forward

    def step(self, x, error, rate):
        """One step of gradient descent, after `forward(x)`. `error`: the derivative of the loss."""
        for i, h in enumerate(self.h):
            slope = error * self.w2[i] * (1 - h * h)
            self.w2[i] -= rate * error * h
            self.w1[i] -= rate * slope * x
            self.b1[i] -= rate * slope
        self.b2 -= rate * error

    def state_dict(self):
        return {name: getattr(self, name) for name in ("w1", "b1", "w2", "b2")}

    def load_state_dict(self, state):
        vars(self).update(state)

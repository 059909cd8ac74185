"""Fails in `warm`, so that no server with it starts."""


class Model:
    def warm(self):
        raise ValueError("The weights are missing.")

    def predict(self):
        return None

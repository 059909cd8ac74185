"""The models of the executor suite in Python. `Model` of each module does what the default export of its namesake in `../src/models` does."""

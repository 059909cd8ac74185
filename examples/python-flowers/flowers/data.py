"""Lengths and widths of petals in cm: drawn at random around the means of three species, not measured."""
import random

SPECIES = ["setosa", "versicolor", "virginica"]
MEANS = [(1.5, 0.2), (4.3, 1.3), (5.6, 2.0)]


def load_flowers(count=150, seed=0):
    """Returns the features and the classes."""
    rng = random.Random(seed)
    y = [i % len(SPECIES) for i in range(count)]
    X = [[rng.gauss(MEANS[c][0], 0.3), rng.gauss(MEANS[c][1], 0.15)] for c in y]
    return X, y


def train_test_split(X, y, test_size):
    """The last part of the flowers is for the test."""
    first = round(len(X) * (1 - test_size))
    return X[:first], X[first:], y[:first], y[first:]

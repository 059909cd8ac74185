"""A classifier with the methods of one of scikit-learn. It needs no library."""
import math


class SoftmaxRegression:
    """Multinomial logistic regression, trained by stochastic gradient descent."""

    def __init__(self, n_features, n_classes, learning_rate=0.05):
        self.learning_rate = learning_rate
        self.coef_ = [[0.0] * n_features for _ in range(n_classes)]
        self.intercept_ = [0.0] * n_classes

    def partial_fit(self, X, y):
        """One pass over the rows."""
        for row, label in zip(X, y):
            for c, p in enumerate(self.predict_proba([row])[0]):
                step = self.learning_rate * (p - (c == label))
                self.intercept_[c] -= step
                self.coef_[c] = [w - step * x for w, x in zip(self.coef_[c], row)]
        return self

    def predict_proba(self, X):
        return [self._softmax(row) for row in X]

    def predict(self, X):
        return [max(range(len(p)), key=p.__getitem__) for p in self.predict_proba(X)]

    def score(self, X, y):
        """The accuracy."""
        return sum(a == b for a, b in zip(self.predict(X), y)) / len(y)

    def log_loss(self, X, y):
        return -sum(math.log(p[c]) for p, c in zip(self.predict_proba(X), y)) / len(y)

    def _softmax(self, row):
        scores = [sum(w * x for w, x in zip(ws, row)) + b for ws, b in zip(self.coef_, self.intercept_)]
        powers = [math.exp(s - max(scores)) for s in scores]
        return [p / sum(powers) for p in powers]

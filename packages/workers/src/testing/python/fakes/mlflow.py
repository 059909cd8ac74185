def log_metric(key, value, step=None):
    pass


def log_metrics(metrics, step=None):
    pass

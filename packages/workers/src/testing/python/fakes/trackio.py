def log(metrics, step=None):
    pass

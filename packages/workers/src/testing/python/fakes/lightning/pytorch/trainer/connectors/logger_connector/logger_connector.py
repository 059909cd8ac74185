class _LoggerConnector:
    def log_metrics(self, metrics, step=None):
        pass

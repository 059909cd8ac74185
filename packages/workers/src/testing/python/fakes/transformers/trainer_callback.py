class CallbackHandler:
    def on_log(self, args, state, control, logs):
        pass

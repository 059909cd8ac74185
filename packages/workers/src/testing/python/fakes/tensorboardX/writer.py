class SummaryWriter:
    def add_scalar(self, tag, scalar_value, global_step=None, walltime=None):
        return (tag, scalar_value, global_step)

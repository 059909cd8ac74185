from .writer import SummaryWriter

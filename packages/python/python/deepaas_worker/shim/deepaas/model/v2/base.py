"""The class that models may extend."""


class BaseModel:
    schema = None

import os
from pathlib import Path
from typing import Annotated

import bentoml
from burn import burn
from pydantic import BaseModel, Field


class Answer(BaseModel):
    text: str
    n: int
    flag: bool
    size: int


@bentoml.service(
    workers=int(os.environ.get("PEER_WORKERS", "1")),
    logging={"access": {"enabled": False}},
)
class Echo:
    @bentoml.api
    def predict(
        self,
        text: Annotated[str, Field(max_length=200)] = "",
        n: Annotated[int, Field(ge=1, le=10)] = 3,
        flag: bool = False,
        ms: Annotated[float, Field(ge=0, le=10_000)] = 0,
    ) -> Answer:
        burn(ms)
        return Answer(text=text, n=n, flag=flag, size=0)

    @bentoml.api
    def upload(self, file: Path) -> Answer:
        return Answer(text="", n=3, flag=False, size=file.stat().st_size)

from typing import Annotated

from burn import burn
from fastapi import FastAPI, UploadFile
from pydantic import BaseModel, Field


class Args(BaseModel):
    text: Annotated[str, Field(max_length=200)] = ""
    n: Annotated[int, Field(ge=1, le=10)] = 3
    flag: bool = False
    ms: Annotated[float, Field(ge=0, le=10_000)] = 0


class Answer(BaseModel):
    text: str
    n: int
    flag: bool
    size: int


app = FastAPI()


@app.post("/predict")
async def predict(args: Args) -> Answer:
    return Answer(text=args.text, n=args.n, flag=args.flag, size=0)


@app.post("/work")
def work(args: Args) -> Answer:
    burn(args.ms)
    return Answer(text=args.text, n=args.n, flag=args.flag, size=0)


@app.post("/upload")
async def upload(file: UploadFile) -> Answer:
    return Answer(text="", n=3, flag=False, size=file.size or 0)


@app.get("/health")
async def health():
    return {"status": "ok"}

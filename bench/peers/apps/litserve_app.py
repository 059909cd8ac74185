import os
from typing import Annotated

import litserve as ls
from burn import burn
from pydantic import BaseModel, Field


class Args(BaseModel):
    text: Annotated[str, Field(max_length=200)] = ""
    n: Annotated[int, Field(ge=1, le=10)] = 3
    flag: bool = False
    ms: Annotated[float, Field(ge=0, le=10_000)] = 0


class Echo(ls.LitAPI):
    def setup(self, device):
        pass

    def decode_request(self, request):
        if "file" in request:
            return Args(), request["file"].size
        return Args(**request), 0

    def predict(self, inputs):
        args, size = inputs
        burn(args.ms)
        return {"text": args.text, "n": args.n, "flag": args.flag, "size": size}

    def encode_response(self, output):
        return output


if __name__ == "__main__":
    server = ls.LitServer(
        Echo(api_path="/predict"),
        accelerator="cpu",
        workers_per_device=int(os.environ.get("PEER_WORKERS", "1")),
    )
    server.run(
        host="127.0.0.1",
        port=int(os.environ["PEER_PORT"]),
        log_level="error",
        generate_client_file=False,
    )

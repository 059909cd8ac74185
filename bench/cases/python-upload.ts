// The time of an upload of 10 MB to a model in Python, compared with one to a model in JavaScript. Both read the file.
import { join } from "node:path";
import { createHost } from "@deepaas/core";
import { createServer } from "@deepaas/koa";
import { type PythonModule, workers } from "@deepaas/workers";
import type { BenchCase, Turn } from "../bench-case.ts";
import type { Loaded } from "../http-load.ts";
import { listening, runScript } from "../listening.ts";
import type { Upload } from "../peers/upload-load.ts";

const bytes = 10_000_000;
const count = 20;
const model = (file: string) => join(import.meta.dirname, "..", "worker-models", file);

async function msPerUpload(module: string | PythonModule): Promise<Turn> {
  const host = await createHost({ executor: workers({ modules: { size: module } }) });
  const port = await listening(createServer(host));
  const upload: Upload = { port, path: "/v2/models/size/predict/", bytes, count };
  const measure = async () => {
    const { calls, ms } = await runScript<Loaded>("peers/upload-load.ts", upload);
    return { figure: ms / calls, also: {} };
  };
  await measure();
  return measure;
}

export default {
  name: "python-upload",
  against: "the same model in JavaScript in a worker for Node.js, ms per upload of 10 MB",
  goal: { atMost: 1.2 },
  baseline: () => msPerUpload(model("size.ts")),
  subject: () => msPerUpload({ module: model("size.py"), runtime: "python" }),
} satisfies BenchCase;

// An upload of 200 MB to a predict: CPU time of the server.
import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer as createHttpServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createHost, defineModel, FileField } from "@deepaas/core";
import { createServer } from "@deepaas/koa";
import { Busboy } from "@fastify/busboy";
import type { BenchCase, Measured } from "../bench-case.ts";
import type { Transfer } from "../http-transfer.ts";
import { listening, runScript } from "../listening.ts";

const uploadBytes = 200_000_000;

async function cpuOfUpload(server: Server): Promise<Measured> {
  const port = await listening(server);
  const transfer: Transfer = { port, path: "/v2/models/m/predict/", headers: {}, uploadBytes };
  await runScript("http-transfer.ts", transfer);
  const before = process.cpuUsage();
  const { ms } = await runScript<{ readonly ms: number }>("http-transfer.ts", transfer);
  const { user, system } = process.cpuUsage(before);
  return { figure: (user + system) / 1000, also: { "ms until the answer": ms } };
}

const model = defineModel({
  getPredictArgs: () => ({ file: FileField() }),
  predict: ({ file }) => ({ size: file.size ?? null }),
});

export default {
  name: "rest-upload-cpu",
  against: "a bare node:http pipeline through busboy to disk, 200 MB, ms of CPU",
  goal: { atMost: 1.3 },

  async baseline() {
    const folder = await mkdtemp(join(tmpdir(), "deepaas-bench-"));
    try {
      let count = 0;
      return await cpuOfUpload(
        createHttpServer((req, res) => {
          const path = join(folder, String(count++));
          const form = new Busboy({ headers: { "content-type": req.headers["content-type"] ?? "" } });
          form.on("file", (_name, file) => {
            // Removed after the response, as the adapter does.
            void pipeline(file, createWriteStream(path))
              .then(() => rm(path))
              .then(() => res.end("{}"));
          });
          req.pipe(form);
        }),
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  },

  async subject() {
    return cpuOfUpload(createServer(await createHost({ models: { m: model } }), { maxBodyBytes: uploadBytes + 1_000 }));
  },
} satisfies BenchCase;

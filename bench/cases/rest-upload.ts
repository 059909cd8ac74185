// An upload to a predict: MiB per second, and the growth of resident memory. `DEEPAAS_BENCH_UPLOAD_MIB` sets a smaller size.
import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer as createHttpServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createHost, defineModel, FileField } from "@deepaas/core";
import { createServer } from "@deepaas/koa";
import type { BenchCase, Measured } from "../bench-case.ts";
import type { Transfer } from "../http-transfer.ts";
import { listening, runScript } from "../listening.ts";

const mib = 1024 * 1024;
const uploadMib = Number(process.env.DEEPAAS_BENCH_UPLOAD_MIB ?? 2048);

async function uploaded(server: Server): Promise<Measured> {
  const port = await listening(server);
  const upload = (uploadBytes: number) => {
    const transfer: Transfer = { port, path: "/v2/models/m/predict/", headers: {}, uploadBytes };
    return runScript<{ readonly ms: number }>("http-transfer.ts", transfer);
  };
  await upload(64 * mib);
  const before = process.memoryUsage.rss();
  let largest = before;
  const watching = setInterval(() => {
    largest = Math.max(largest, process.memoryUsage.rss());
  }, 20);
  const { ms } = await upload(uploadMib * mib);
  clearInterval(watching);
  return { figure: (uploadMib * 1000) / ms, also: { "MiB more memory": (largest - before) / mib } };
}

const model = defineModel({
  getPredictArgs: () => ({ file: FileField() }),
  predict: ({ file }) => ({ size: file.size ?? null }),
});

export default {
  name: "rest-upload",
  against: `a bare node:http pipeline that writes the body to disk, ${uploadMib} MiB, MiB per second`,
  goal: { atLeast: 0.7 },
  alsoAtMost: { "MiB more memory": 64 },
  rounds: 3,

  async baseline() {
    const folder = await mkdtemp(join(tmpdir(), "deepaas-bench-"));
    try {
      let count = 0;
      return await uploaded(
        createHttpServer((req, res) => {
          const path = join(folder, String(count++));
          // Removed after the response, as the adapter does.
          void pipeline(req, createWriteStream(path))
            .then(() => rm(path))
            .then(() => res.end("{}"));
        }),
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  },

  async subject() {
    return uploaded(createServer(await createHost({ models: { m: model } }), { maxBodyBytes: 0 }));
  },
} satisfies BenchCase;

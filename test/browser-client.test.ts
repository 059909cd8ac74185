// Both clients in a real browser, as they are built, against real adapters behind a network that drops.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createHost, FileField, type ModelFile, modelFile, type TrainContext, Type } from "@deepaas/core";
import { rest } from "@deepaas/koa";
import { type Authenticate, attachWs } from "@deepaas/ws/node";
import Koa from "koa";
import { expect, onTestFinished, test } from "vitest";
import { builtPage, jsonOf } from "./browser/built-page.ts";
import { chromium } from "./support/chromium.ts";
import { shakyProxy } from "./support/shaky-proxy.ts";

const size = 3_000_000;
const steps = 25;

const script = `
  import { connectRest, connectWs, keepWatching } from "@deepaas/client";
  const asked = async (path) => { while (!(await fetch(path).catch(() => undefined))?.ok); };
  async function tried(service) {
    const file = new File([new Uint8Array(${size}).map((_, i) => i % 251)], "a b.bin", { type: "application/x-test" });
    const progress = [];
    const answer = await service.predict("model", { file, from: 7 }, { onUploadProgress: (sent) => progress.push(sent) });
    const content = await answer.bytes();
    const bytes = content.every((byte, i) => byte === (i + 7) % 251) ? content.length : -1;
    const refused = await service.predict("model", { file, from: -1 }, { onUploadProgress() {} }).catch(({ code }) => code);
    const parts = [];
    for await (const part of service.predictStream("stream", {})) parts.push(part);
    let cut;
    service.predict("hanging", {}).catch(({ code }) => { cut = code; });
    // A browser may repeat a request once if its connection had been used before.
    while (cut === undefined) await asked("/cut");
    // The last cut may happen only now; a start with a run id may be repeated.
    const id = crypto.randomUUID();
    while (!(await service.train("model", {}, { runId: id }).catch(({ code }) => (code === "unavailable" ? undefined : code))));
    const seqs = [];
    let last;
    for await (const { seq, type } of keepWatching(service, id, { minDelayMs: 1, maxDelayMs: 50 })) {
      seqs.push(seq);
      last = type;
      if (type === "progress" && seq % 5 === 0) await asked("/cut");
      if (type === "progress") await asked("/step/" + id);
    }
    return { bytes, name: answer.originalFilename, type: answer.contentType, refused, parts, cut, seqs, last, progress };
  }
  async function outcome() {
    const turnedAway = await connectWs(location.href, { token: "swordfish" }).models().catch(({ code }) => code);
    const ws = await tried(connectWs(location.href, { token: async () => "sesame" }));
    const rest = await tried(connectRest(location.href));
    return { turnedAway, ws, rest };
  }
  const found = await outcome().catch((error) => ({ turnedAway: String(error?.stack ?? error) }));
  document.body.textContent = JSON.stringify(found);
`;

interface Tried {
  readonly progress: readonly { readonly bytes: number; readonly total: number }[];
}

test.skipIf(!chromium && !process.env.CI)(
  "both predict with a file, tell how its upload goes, and watch a training to its end through cuts (needs chromium)",
  // Limits against hanging, here and in the page: a slow machine under load must pass.
  { timeout: 90_000 },
  async () => {
    const next = new Map<string, () => void>();
    const model = {
      getPredictArgs: () => ({ file: FileField(), from: Type.Integer({ minimum: 0 }) }),
      async predict({ file, from }: { file: ModelFile; from: number }) {
        const { contentType, originalFilename = "" } = file;
        return modelFile((await file.bytes()).subarray(from), { contentType, originalFilename });
      },
      async train(_args: object, run: TrainContext) {
        for (let step = 1; step <= steps; step++) {
          run.report({ step, total: steps });
          await new Promise<void>((resolve, reject) => {
            next.set(run.runId, resolve);
            run.signal.addEventListener("abort", () => reject(run.signal.reason as Error), { once: true });
          });
        }
      },
    };
    const stream = {
      async *predictStream() {
        yield* [1, 2, 3];
      },
    };
    const hanging = { predict: () => new Promise<never>(() => {}) };
    const host = await createHost({ models: { model, stream, hanging }, limits: { graceMs: 0, drainMs: 0 } });
    const tokens: (string | undefined)[] = [];
    const authenticate: Authenticate = (_request, token) => {
      tokens.push(token);
      return token === "sesame" ? { id: "page" } : undefined;
    };
    const page = await builtPage(["client", "core", "protocol"], script);
    const app = new Koa();
    app.use(rest(host));
    const handle = app.callback();
    let cuts = 0;
    const server = createServer((request, response) => {
      const [, wish, id = ""] = request.url?.split("/") ?? [];
      if (wish === "cut") setTimeout(() => network.cut(), 10);
      if (wish === "step") next.get(id)?.();
      if (wish === "cut" || wish === "step") return void response.end(String(++cuts));
      if (!page(request, response)) void handle(request, response);
    });
    const sockets = attachWs(server, host, { authenticate });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const network = await shakyProxy(() => (server.address() as AddressInfo).port);
    onTestFinished(async () => {
      await sockets.close({ drainMs: 0 });
      await network[Symbol.asyncDispose]();
      server.closeAllConnections();
      server.close();
      await host.close();
    });
    const { turnedAway, ...clients } = (await jsonOf(network.url, "turnedAway")) as Record<string, Tried | string>;
    expect(turnedAway).toBe("unauthenticated");
    const { ws, rest: overRest } = clients as Record<string, Tried>;
    const expected = {
      bytes: size - 7,
      name: "a b.bin",
      type: "application/x-test",
      refused: "invalid_args",
      parts: [1, 2, 3],
      cut: "unavailable",
      seqs: Array.from({ length: steps + 3 }, (_, i) => i + 1),
      last: "succeeded",
    };
    expect([ws, overRest]).toEqual([expect.objectContaining(expected), expect.objectContaining(expected)]);
    for (const { progress } of [ws, overRest] as Tried[]) {
      const bytes = progress.map((one) => one.bytes);
      expect(bytes).toEqual([...new Set(bytes)].toSorted((a, b) => a - b));
      expect(progress.at(-1)).toEqual({ bytes: size, total: size });
    }
    expect(ws?.progress.length).toBeGreaterThan(10);
    // The token came again after each cut.
    expect(tokens[0]).toBe("swordfish");
    expect(tokens.filter((token) => token === "sesame").length).toBeGreaterThan(3);
  },
);

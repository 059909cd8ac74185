// The process that serves a model for `deepaas bench`, on a free port of the loopback interface.
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createHost, errorText, type Logger } from "@deepaas/core";
import { importModel } from "@deepaas/core/node";
import { createServer } from "@deepaas/koa";
import { workers } from "@deepaas/workers";
import type { FromServe, ServeOptions } from "./serve-messages.ts";

// CTRL-C reaches every process of a terminal: the command decides.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});

const send = process.send?.bind(process);
// A model that sends messages, for a process manager, must not be taken for the server.
delete process.send;
const tell = (message: FromServe) => send?.(message);
let hasFailed = false;
const logger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error(fields, message) {
    const { err } = fields as { readonly err?: { readonly message?: unknown } };
    if (!hasFailed) tell({ type: "model failed", message: errorText(err?.message ?? message) });
    hasFailed = true;
  },
};

async function serve({ name, source, workers: predict, inline, batching }: ServeOptions): Promise<void> {
  const common = { logger, ...(!batching && { limits: { maxBatch: 1 } }) };
  if (inline && typeof source !== "string") {
    throw new Error("a model in Python cannot run in the process of the server: leave out --inline");
  }
  const host =
    inline && typeof source === "string"
      ? await createHost({ ...common, models: { [name]: await importModel(source) } })
      : await createHost({ ...common, executor: workers({ modules: { [name]: source }, predict, logger }) });
  process.on("disconnect", () => void host.close({ drainMs: 0 }).finally(() => process.exit(0)));
  const server = createServer(host, { logger });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  tell({ type: "serving", url: `http://127.0.0.1:${port}`, description: await host.describe(name) });
}

process.once("message", (options: ServeOptions) => {
  serve(options).catch((error: unknown) => {
    tell({ type: "failed", message: errorText(error) });
    process.exit(1);
  });
});
// Before the host exists nothing has to be closed.
process.once("disconnect", () => setTimeout(() => process.exit(0), 10_000).unref());

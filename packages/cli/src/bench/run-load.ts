// Makes load by a process of its own, and measures what the server uses meanwhile.
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { CliError } from "../cli-error.ts";
import type { FromLoad, Load, Loaded, ToLoad } from "./load-messages.ts";
import type { Usage } from "./process-tree.ts";

// As built, also when running from source.
const entry = fileURLToPath(new URL("../../dist/bench/load-process.js", import.meta.url));

export interface LoadOptions {
  /** Ends the measurement early; what was measured is returned. */
  readonly signal: AbortSignal;
  /** Absent for a server elsewhere. */
  readonly usage?: () => Promise<Usage | undefined>;
}

export interface LoadResult extends Loaded {
  /** Of the server, during the measurement. */
  readonly serverCpuMs?: number;
  readonly serverRssBytes?: number;
}

/** Returns undefined if it was ended before the measurement began. */
export async function runLoad(load: Load, { signal, usage }: LoadOptions): Promise<LoadResult | undefined> {
  if (signal.aborted) return undefined;
  const child = fork(entry, [], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    serialization: "advanced",
    execArgv: [],
  });
  const exited = once(child, "exit");
  const tell = (message: ToLoad) => {
    if (child.connected) child.send(message);
  };
  const onAbort = () => tell({ type: "stop" });
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    tell({ type: "start", load });
    let before: Promise<Usage | undefined> | undefined;
    for (;;) {
      const message = await nextMessage(child, exited);
      if (message.type === "measuring") {
        // The warm-up is not a result.
        if (signal.aborted) return undefined;
        before = usage?.();
        continue;
      }
      const [first, last] = [await before, await usage?.()];
      if (!first || !last) return message.loaded;
      return { ...message.loaded, serverCpuMs: last.cpuMs - first.cpuMs, serverRssBytes: last.rssBytes };
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
    if (child.connected) child.disconnect();
    await exited;
  }
}

async function nextMessage(child: ReturnType<typeof fork>, exited: Promise<unknown>): Promise<FromLoad> {
  const message = once(child, "message").then(([one]) => one as FromLoad);
  const failed = exited.then(() => {
    throw new CliError("internal", "the process that makes the load has ended");
  });
  failed.catch(() => {});
  return Promise.race([message, failed]);
}

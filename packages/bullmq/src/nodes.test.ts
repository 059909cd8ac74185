// Several engines on one queue, as several nodes have them, and what happens when one of them or the server dies.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  postgresMissing,
  type RedisServer,
  redisMissing,
  startPostgres,
  startRedis,
} from "@deepaas/conformance/servers";
import { silentLogger } from "@deepaas/core";
import type { Delivery, RunEngine, RunHandler } from "@deepaas/core/ports";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { type BullBackend, bullEngine } from "./index.ts";

const backends = [
  [
    "on Postgres (needs postgresql)",
    postgresMissing,
    startPostgres,
    (url: string, schema: string) => ({ postgres: url, schema }),
  ],
  [
    "on Redis (needs redis-server)",
    redisMissing,
    startRedis,
    (url: string, prefix: string) => ({ redis: url, prefix }),
  ],
] as const;
let spaces = 0;

interface Node {
  readonly engine: RunEngine;
  /** Runs that it handles, with their deliveries, in order. */
  readonly handled: [string, Delivery][];
  /** The answer of the handler of a run. */
  answer(runId: string, result: "over" | "back"): void;
}

interface NodeOptions {
  readonly leaseMs?: number;
  readonly slots?: number;
  readonly models?: readonly string[];
}

function nodesOn(backend: BullBackend) {
  return ({ leaseMs = 1_000, slots = 1, models = ["m"] }: NodeOptions = {}): Node => {
    const engine = bullEngine(backend, { leaseMs, pollMs: 20, logger: silentLogger });
    onTestFinished(() => engine.close());
    const handled: [string, Delivery][] = [];
    const ends = new Map<string, (result: "over" | "back") => void>();
    const handle: RunHandler = (runId, delivery) => {
      handled.push([runId, delivery]);
      return new Promise((resolve) => {
        ends.set(runId, resolve);
        delivery.signal.addEventListener("abort", () => resolve("back"));
      });
    };
    engine.process(handle, { slots, models: new Set(models), served: new Set(["m"]) });
    return { engine, handled, answer: (runId, result) => ends.get(runId)?.(result) };
  };
}

/** A node in a process of its own. */
function childNode(backend: BullBackend) {
  const script = new URL("testing/node-child.ts", import.meta.url).pathname;
  const folder = mkdtempSync(join(tmpdir(), "deepaas-node-"));
  const file = join(folder, "handled");
  writeFileSync(file, "");
  const child = spawn(process.execPath, [script, JSON.stringify(backend), file], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const kill = () => void child.kill("SIGKILL");
  onTestFinished(() => {
    kill();
    rmSync(folder, { recursive: true });
  });
  return { handled: () => readFileSync(file, "utf8"), kill };
}

const idsOf = ({ handled }: Node) => handled.map(([runId]) => runId);

describe.each(backends)("%s", (_title, missing, start, backendAt) => {
  // Outside of CI, if the server is not installed: the name of the skipped test says so.
  if (missing !== undefined) return test.skip(missing, () => {});
  let server: RedisServer;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server?.[Symbol.asyncDispose]());
  const newNodes = () => nodesOn(backendAt(server.url, `nodes_${++spaces}`));

  test("of two nodes each run is handled by one, and both take part", async () => {
    const node = newNodes();
    const [a, b] = [node(), node()];
    const ids = Array.from({ length: 8 }, (_, i) => `r${i}`);
    await Promise.all(ids.map((runId) => a.engine.submit({ runId, model: "m" })));
    const handled = () => [...idsOf(a), ...idsOf(b)];
    await expect.poll(() => Math.min(a.handled.length, b.handled.length)).toBe(1);
    expect(await a.engine.waiting()).toBe(6);
    const endAll = () => {
      for (const one of [a, b]) for (const id of idsOf(one)) one.answer(id, "over");
      return handled().toSorted();
    };
    await expect.poll(endAll).toEqual(ids);
    expect(await a.engine.waiting()).toBe(0);
  });

  test("a run that is given back is handled by another node", async () => {
    const node = newNodes();
    const [a, b] = [node(), node()];
    await a.engine.submit({ runId: "r", model: "m" });
    await expect.poll(() => [...a.handled, ...b.handled].length).toBe(1);
    const [first, second] = a.handled.length > 0 ? [a, b] : [b, a];
    await first.engine.close();
    await expect.poll(() => idsOf(second)).toEqual(["r"]);
    expect(second.handled[0]?.[1].again).toBe(false);
  });

  test("a run that cannot be handled here keeps no other one waiting until it is given back", async () => {
    const a = newNodes()();
    await a.engine.submit({ runId: "r0", model: "m" });
    await expect.poll(() => idsOf(a)).toEqual(["r0"]);
    a.answer("r0", "back");
    await a.engine.submit({ runId: "r1", model: "m" });
    // "r0" comes again 5 seconds later.
    await expect.poll(() => idsOf(a), { timeout: 4_000 }).toEqual(["r0", "r1"]);
    a.answer("r1", "over");
  });

  test("a run whose node has frozen, or was killed, is handled by another one; the old one is told when it is back", async () => {
    const backend = backendAt(server.url, `nodes_${++spaces}`);
    const [frozen] = [nodesOn(backend)()];
    await frozen.engine.submit({ runId: "r", model: "m" });
    await expect.poll(() => idsOf(frozen)).toEqual(["r"]);
    const other = childNode(backend);
    // Its event loop stands still until the other one has the run: it extends no lease.
    const until = Date.now() + 15_000;
    const nothing = new Int32Array(new SharedArrayBuffer(4));
    while (!other.handled().includes("r again") && Date.now() < until) Atomics.wait(nothing, 0, 0, 50);
    expect(other.handled()).toBe("r again\n");
    await expect.poll(() => frozen.handled[0]?.[1].signal.aborted).toBe(true);
    expect(frozen.handled[0]?.[1].signal.reason).toMatchObject({ code: "worker_lost" });
    other.kill();
    await expect.poll(() => idsOf(frozen)).toEqual(["r", "r"]);
    expect(frozen.handled[1]?.[1].again).toBe(true);
  });

  test("knows what waits and what is handled, and a cancel drops what waits", async () => {
    const node = newNodes();
    const [a, b] = [node(), node()];
    const all = ["r0", "r1", "r2", "r3"].map((runId) => ({ runId, model: "m" }));
    for (const run of all) await a.engine.submit(run);
    await expect.poll(() => a.handled.length + b.handled.length).toBe(2);
    const asked = [...all, { runId: "other", model: "m" }];
    expect([...((await b.engine.knows?.(asked)) ?? [])].toSorted()).toEqual(all.map(({ runId }) => runId));
    const waiting = all.map(({ runId }) => runId).filter((id) => ![...idsOf(a), ...idsOf(b)].includes(id));
    expect(await b.engine.waiting()).toBe(2);
    for (const runId of waiting) await b.engine.cancel(runId);
    expect(await a.engine.waiting()).toBe(0);
  });

  test("a node that has submitted nothing counts what waits, and a cancel there drops it", async () => {
    const node = newNodes();
    const [a] = [node()];
    for (const runId of ["r0", "r1", "r2"]) await a.engine.submit({ runId, model: "m" });
    await expect.poll(() => idsOf(a)).toEqual(["r0"]);
    // It trains nothing.
    const b = node({ models: [] });
    expect(await b.engine.waiting()).toBe(2);
    await b.engine.cancel("r1");
    expect(await a.engine.waiting()).toBe(1);
    a.answer("r0", "over");
    await expect.poll(() => idsOf(a)).toEqual(["r0", "r2"]);
  });

  test("while the server is away a submit is refused, and what runs goes on; then all continues", async () => {
    await using own = await start();
    const node = nodesOn(backendAt(own.url, "away"));
    const a = node({ leaseMs: 60_000, slots: 2 });
    await a.engine.submit({ runId: "r", model: "m" });
    await expect.poll(() => idsOf(a)).toEqual(["r"]);
    await own.stop();
    await expect(a.engine.submit({ runId: "s", model: "m" })).rejects.toMatchObject({ code: "unavailable" });
    expect(a.handled[0]?.[1].signal.aborted).toBe(false);
    await own.start();
    await expect
      .poll(() =>
        a.engine.submit({ runId: "s", model: "m" }).then(
          () => "queued",
          () => "refused",
        ),
      )
      .toBe("queued");
    await expect.poll(() => idsOf(a)).toEqual(["r", "s"]);
  });
});

test.each([
  [{ postgres: "http://x" }, {}, /postgres:\/\//],
  [{ redis: "postgres://x" }, {}, /redis:\/\//],
  [{ redis: "redis://x", schema: "y" }, {}, /schema/],
  [{ redis: "redis://x" }, { leaseMs: 10 }, /leaseMs/],
  [{ redis: "redis://x" }, { other: 1 }, /other/],
  [undefined, {}, /give/],
])("%j with %j is refused", (backend, options, message) => {
  expect(() => bullEngine(backend as never, options as object)).toThrow(message);
});

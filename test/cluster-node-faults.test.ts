// Faults of several nodes as processes, and of what they share, besides those of the cluster suite.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { connectRest } from "@deepaas/client";
import { checkLog, createControl } from "@deepaas/conformance";
import {
  type PostgresServer,
  postgresMissing,
  redisMissing,
  startPostgres,
  startRedis,
} from "@deepaas/conformance/servers";
import type { ModelService, RunEvent } from "@deepaas/core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { newCluster } from "./support/cluster-nodes.ts";
import { tempFolder } from "./support/temp-folder.ts";

// A limit against hanging, on a machine with much else to do.
vi.setConfig({ testTimeout: 120_000 });

const trainerPath = fileURLToPath(import.meta.resolve("@deepaas/conformance/models/trainer"));
const models = [`trainer=${trainerPath}`];

async function newControl() {
  const control = await createControl();
  const script = [
    { do: "checkpoint", step: 1 },
    { do: "note", name: "began" },
    { do: "gate", name: "go" },
  ] as const;
  return { ...control, held: { control: control.id, script }, [Symbol.asyncDispose]: () => control.close() };
}

async function ended(service: ModelService, id: string): Promise<readonly RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of service.watch(id)) events.push(event);
  checkLog(events);
  return events;
}

/** Without the line that says that a worker is starting. */
const typesOf = (events: readonly RunEvent[]) => events.map(({ type }) => type).filter((type) => type !== "log");

describe.skipIf(postgresMissing !== undefined)("with a queue in Postgres (needs postgresql)", () => {
  let postgres: PostgresServer;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres?.[Symbol.asyncDispose]());

  test("a run whose node died between creating and queueing it is queued by another node", async () => {
    using folder = tempFolder();
    const [store, files] = [await postgres.createDatabase(), join(folder.path, "files")];
    await using cluster = newCluster({ store, files, models });
    const { url } = await cluster.start({ id: "a" });
    const script = join(import.meta.dirname, "support/dying-node.ts");
    const dying = spawn(process.execPath, [script, store, files, trainerPath], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    const [, signal] = await once(dying, "exit");
    expect(signal).toBe("SIGKILL");
    expect(typesOf(await ended(connectRest(url), "r"))).toEqual(["queued", "started", "succeeded"]);
  });

  test("of two nodes with one name the later one is the node, and the runs of the other go on", async () => {
    await using cluster = newCluster({ store: await postgres.createDatabase(), models });
    await using control = await newControl();
    const first = await cluster.start({ id: "same" });
    const [a, watching] = [connectRest(first.url), connectRest(first.url)];
    await a.train("trainer", control.held, { runId: "r" });
    await control.waitForNotes("began");
    const events = ended(watching, "r");
    // Awaited at the end.
    events.catch(() => {});
    const second = await cluster.start({ id: "same" });
    const b = connectRest(second.url);
    const [, again] = await control.waitForNotes("began", 2);
    expect(JSON.parse(again as string)).toMatchObject({ attempt: 2, resumeFrom: { step: 1 } });
    await expect.poll(async () => (await a.status()).state).toBe("degraded");
    expect((await a.status()).reasons.join()).toContain("another server has taken its place: a node with its name");
    await expect(a.train("trainer", {})).rejects.toMatchObject({ code: "unavailable" });
    // It still answers.
    expect(await a.predict("trainer", {})).toEqual({ weights: "shipped" });
    expect((await b.status()).state).toBe("ready");
    await control.open("go");
    expect(typesOf(await events)).toEqual([
      "queued",
      "started",
      "checkpoint",
      "lost",
      "started",
      "checkpoint",
      "succeeded",
    ]);
    const { id } = await b.train("trainer", {});
    expect(typesOf(await ended(b, id))).toEqual(["queued", "started", "succeeded"]);
    expect(first.said.stderr).toContain("Each node needs a name of its own.");
    first.signal("SIGTERM");
    expect((await first.ended).code).toBe(0);
  });
});

test.skipIf((postgresMissing ?? redisMissing) !== undefined)(
  "when Redis restarts without its content, no run fails (needs postgresql and redis-server)",
  async () => {
    await using postgres = await startPostgres();
    await using redis = await startRedis();
    await using cluster = newCluster({ store: await postgres.createDatabase(), queue: redis.url, models });
    const [serving] = await Promise.all([
      cluster.start({ id: "a", role: "serve" }),
      cluster.start({ id: "b" }),
      cluster.start({ id: "c" }),
    ]);
    const service = connectRest(serving.url);
    await using control = await newControl();
    const ids = ["r0", "r1", "r2", "r3", "r4"];
    for (const runId of ids) await service.train("trainer", control.held, { runId });
    await control.waitForNotes("began", 2);
    await redis.stop();
    await expect(service.train("trainer", {}, { runId: "late" })).rejects.toMatchObject({ code: "unavailable" });
    // Nobody can take the runs of b and c: they go on.
    expect((await service.runs({ state: "running" })).items).toHaveLength(2);
    await redis.start();
    await control.open("go");
    for (const id of ids) expect((await ended(service, id)).at(-1)?.type).toBe("succeeded");
    await expect
      .poll(() =>
        service.train("trainer", {}, { runId: "late" }).then(
          () => "queued",
          () => "refused",
        ),
      )
      .toBe("queued");
    expect((await ended(service, "late")).at(-1)?.type).toBe("succeeded");
  },
);

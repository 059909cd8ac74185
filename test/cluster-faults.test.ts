// Several nodes as processes, and what happens when one of them, or a server that they share, dies.
import { fileURLToPath } from "node:url";
import { connectRest } from "@deepaas/client";
import { createControl } from "@deepaas/conformance";
import { type PostgresServer, postgresMissing, startPostgres } from "@deepaas/conformance/servers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newCluster } from "./support/cluster-nodes.ts";

const trainer = `trainer=${fileURLToPath(import.meta.resolve("@deepaas/conformance/models/trainer"))}`;

describe.skipIf(postgresMissing !== undefined)("on Postgres (needs postgresql)", () => {
  let postgres: PostgresServer;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres?.[Symbol.asyncDispose]());

  test("a node that is killed is gone with its workers, and another one has its run", async () => {
    await using cluster = newCluster({ store: await postgres.createDatabase(), models: [trainer] });
    const [a, b] = await Promise.all([cluster.start({ id: "a", role: "serve" }), cluster.start({ id: "b" })]);
    const control = await createControl();
    const script = [
      { do: "checkpoint", step: 1 },
      { do: "note", name: "began" },
      { do: "gate", name: "go" },
    ] as const;
    await connectRest(a.url).train("trainer", { control: control.id, script }, { runId: "r" });
    await control.waitForNotes("began");
    b.signal("SIGKILL");
    expect((await b.ended).signal).toBe("SIGKILL");
    await cluster.start({ id: "c" });
    const [, second] = await control.waitForNotes("began", 2);
    expect(JSON.parse(second as string)).toMatchObject({ attempt: 2, resumeFrom: { step: 1 } });
    await control.open("go");
    const types = [];
    for await (const { type } of connectRest(a.url).watch("r")) types.push(type);
    expect(types.at(-1)).toBe("succeeded");
    await control.close();
  });
});

// Which node executes which run, and how many may wait.
import assert from "node:assert/strict";
import { rejection } from "../expect.ts";
import { ended, only, startTraining } from "../service/training.ts";
import { began, held } from "./runs.ts";
import type { ClusterDraft, ClusterNode } from "./subject.ts";

export const queueCases: readonly ClusterDraft[] = [
  {
    title: "runs that wait are executed by each node that has a free slot",
    cites: ["slots.shared"],
    async run({ start, control }) {
      const [a] = await Promise.all([start("a"), start("b")]);
      const runs = await Promise.all([1, 2, 3].map(() => startTraining(a.service, held(control))));
      await began(control, 2);
      const { items } = await a.service.runs({ state: "running" });
      assert.equal(items.length, 2);
      assert.equal((await a.service.runs({ state: "queued" })).items.length, 1);
      await control.open("go");
      for (const { id } of runs) assert.equal((await ended(a.service, id)).run.state, "succeeded");
    },
  },
  {
    title: "a run that needs a gpu waits for a node that has one, and holds up no other run",
    cites: ["labels.needs"],
    async run({ start, control }) {
      const a = await start("a", { labels: ["big"] });
      const { id } = await a.service.train("gpu-trainer", held(control));
      const other = await startTraining(a.service, { script: [{ do: "report", step: 1 }] });
      assert.equal((await ended(a.service, other.id)).run.state, "succeeded");
      assert.equal((await a.service.run(id)).state, "queued");
      assert.deepEqual(await control.notes("began"), []);
      await start("b", { labels: ["gpu"] });
      await began(control, 1);
      await control.open("go");
      assert.equal((await ended(a.service, id)).run.state, "succeeded");
    },
  },
  {
    title:
      "`queuedRuns` counts the runs that wait in the cluster, and each node accepts runs when others were executed",
    cites: ["limits.waiting", "limits.freed", "any.cancel-waiting"],
    queuedRuns: 2,
    async run({ start, control }) {
      const [a, b] = await Promise.all([start("a", { role: "serve" }), start("b")]);
      const running = await startTraining(a.service, held(control));
      await began(control, 1);
      const first = await startTraining(a.service, held(control));
      const second = await startTraining(b.service, held(control));
      // It has never started a run.
      const c = await start("c", { role: "serve" });
      const refused = ({ service }: ClusterNode) => rejection(startTraining(service, held(control)), "overloaded");
      for (const node of [a, b, c]) await refused(node);
      const d = await start("d", { role: "serve" });
      assert.equal((await d.service.cancel(first.id)).state, "cancelled");
      const third = await startTraining(c.service, held(control));
      for (const node of [a, b, c, d]) await refused(node);
      await control.open("go");
      for (const { id } of [running, second, third]) assert.equal((await ended(d.service, id)).run.state, "succeeded");
      assert.deepEqual(
        (await ended(d.service, first.id)).events.map(({ type }) => type),
        ["queued", "cancelled"],
      );
      for (const { service } of [a, b, c, d]) {
        const { id } = await startTraining(service, {});
        assert.equal((await ended(a.service, id)).run.state, "succeeded");
      }
    },
  },
  {
    title: "runs that wait and runs that are executed go on when the queue has lost its content",
    cites: ["queue.lost"],
    needs: ["loseQueue"],
    leaseMs: 2_000,
    async run({ start, control, loseQueue }) {
      const [a] = await Promise.all([start("a", { role: "serve" }), start("b")]);
      const executed = await startTraining(a.service, held(control));
      await began(control, 1);
      const waiting = await startTraining(a.service, held(control));
      await loseQueue();
      // Its node has noticed that it holds no lease.
      await began(control, 2);
      await control.open("go");
      for (const { id } of [executed, waiting]) assert.equal((await ended(a.service, id)).run.state, "succeeded");
      const { events } = await ended(a.service, waiting.id);
      assert.equal(only(events, "started").length, 1);
      const later = await startTraining(a.service, {});
      assert.equal((await ended(a.service, later.id)).run.state, "succeeded");
    },
  },
];

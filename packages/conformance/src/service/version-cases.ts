import assert from "node:assert/strict";
import type { ModelService } from "@deepaas/core";
import { collect, rejection } from "../expect.ts";
import type { ServiceDraft } from "./subject.ts";
import { trained } from "./training.ts";

const publish = (text: string, metrics: Readonly<Record<string, number>> = {}) =>
  ({
    script: [
      { do: "report", metrics },
      { do: "publish", text },
      { do: "return", value: text },
    ],
  }) as const;

/** Returns the version that answered, and the answer. */
async function answer(service: ModelService): Promise<readonly [number | undefined, unknown]> {
  let version: number | undefined;
  const onVersion = (answered: number) => {
    version = answered;
  };
  return [version, await service.predict("trainer", {}, { onVersion })].with(0, version) as [number, unknown];
}

export const versionCases: readonly ServiceDraft[] = [
  {
    title: "a model without published weights has the shipped version",
    cites: ["versions.list"],
    models: ["trainer"],
    async run({ service }) {
      assert.deepEqual(await service.versions("trainer"), {
        model: "trainer",
        served: 0,
        revision: 0,
        versions: [{ number: 0, metrics: {} }],
        history: [],
      });
      assert.deepEqual(await answer(service), [0, { weights: "shipped" }]);
    },
  },
  {
    title: "a run that publishes makes the next version, with its metrics, result and file",
    cites: ["versions.list", "versions.promote"],
    models: ["trainer"],
    async run({ service }) {
      const { run, events } = await trained(service, publish("one", { acc: 0.5 }));
      assert.deepEqual(await answer(service), [1, { weights: "one" }]);
      const { served, revision, versions, history } = await service.versions("trainer");
      assert.deepEqual([served, revision], [1, 1]);
      const [{ createdAt, sha256, ...version } = {}, shipped] = versions;
      assert.match(String(createdAt), /^\d{4}-\d\d-\d\dT/);
      assert.match(String(sha256), /^[0-9a-f]{64}$/);
      assert.deepEqual(version, { number: 1, runId: run.id, metrics: { acc: 0.5 }, result: "one", size: 3 });
      assert.deepEqual(shipped, { number: 0, metrics: {} });
      assert.deepEqual(
        history.map(({ at: _when, ...change }) => change),
        [{ from: 0, to: 1, reason: `published by run ${run.id}` }],
      );
      const lines = events.flatMap((event) => (event.type === "log" ? event.text : []));
      assert.deepEqual(lines, ["version 1 is served"]);
    },
  },
  {
    title: "serveVersion goes back and forward, to the shipped version too",
    cites: ["versions.serve", "versions.answer"],
    models: ["trainer"],
    async run({ service }) {
      for (const text of ["one", "two"]) await trained(service, publish(text));
      assert.deepEqual(await answer(service), [2, { weights: "two" }]);
      const back = await service.serveVersion("trainer", 1);
      assert.deepEqual([back.served, back.revision, back.history[0]?.from], [1, 3, 2]);
      assert.deepEqual(await answer(service), [1, { weights: "one" }]);
      assert.equal((await service.serveVersion("trainer", 0)).served, 0);
      assert.deepEqual(await answer(service), [0, { weights: "shipped" }]);
      assert.equal((await service.serveVersion("trainer", 2)).served, 2);
      assert.deepEqual(await answer(service), [2, { weights: "two" }]);
      const { metadata } = await service.describe("trainer");
      assert.equal(metadata.weightsVersion, 2);
      assert.deepEqual(
        (await service.models()).map(({ weightsVersion }) => weightsVersion),
        [2],
      );
    },
  },
  {
    title: "a stream names the version before its first item",
    cites: ["versions.answer"],
    models: ["stream"],
    async run({ service }) {
      const seen: unknown[] = [];
      const onVersion = (version: number) => void seen.push(`version ${version}`);
      for await (const item of service.predictStream("stream", { items: 2 }, { onVersion })) seen.push(typeof item);
      assert.equal(seen[0], "version 0");
      assert.equal(seen.filter((one) => String(one).startsWith("version")).length, 1);
      assert.deepEqual(await collect(service.predictStream("stream", { items: 0 })), []);
    },
  },
  {
    title: "a version that is not there, or no number, is refused",
    cites: ["versions.unknown"],
    models: ["trainer"],
    async run({ service }) {
      await rejection(service.serveVersion("trainer", 1), "not_found");
      await rejection(service.removeVersion("trainer", 1), "not_found");
      for (const version of [1.5, -1, Number.NaN]) {
        await rejection(service.serveVersion("trainer", version), "invalid_args");
        await rejection(service.removeVersion("trainer", version), "invalid_args");
      }
      for (const model of ["unknown", "constructor"]) {
        await rejection(service.versions(model), "not_found");
        await rejection(service.serveVersion(model, 0), "not_found");
        await rejection(service.removeVersion(model, 1), "not_found");
      }
    },
  },
  {
    title: "a version that cannot be loaded is refused, and the one before goes on",
    cites: ["versions.broken"],
    models: ["trainer"],
    async run({ service }) {
      await trained(service, publish("good"));
      const { run, events } = await trained(service, publish("broken"));
      assert.equal(run.state, "succeeded");
      const lines = events.flatMap((event) => (event.type === "log" ? event.text : []));
      assert.deepEqual(lines, ["version 2 is kept, not served: it cannot be loaded"]);
      await rejection(service.serveVersion("trainer", 2), "failed_precondition");
      assert.deepEqual(await answer(service), [1, { weights: "good" }]);
      assert.equal((await service.versions("trainer")).served, 1);
    },
  },
  {
    title: "a version can be removed, but not the shipped and not the served one; a version outlives its run",
    cites: ["versions.remove"],
    models: ["trainer"],
    async run({ service }) {
      const first = await trained(service, publish("one"));
      await trained(service, publish("two"));
      for (const version of [0, 2]) await rejection(service.removeVersion("trainer", version), "failed_precondition");
      await service.remove(first.run.id);
      await service.serveVersion("trainer", 1);
      assert.deepEqual(await answer(service), [1, { weights: "one" }]);
      assert.equal(await service.removeVersion("trainer", 2), undefined);
      const numbers = (await service.versions("trainer")).versions.map(({ number }) => number);
      assert.deepEqual(numbers, [1, 0]);
    },
  },
  {
    title: "the history names who changed the served version",
    cites: ["versions.caller"],
    needs: ["callers"],
    models: ["trainer"],
    async run({ service }) {
      await trained(service, publish("one"));
      const { history } = await service.serveVersion("trainer", 0, { caller: { id: "bob" } });
      assert.deepEqual([history[0]?.by, history[0]?.reason], ["bob", "requested"]);
    },
  },
];

import assert from "node:assert/strict";
import { test } from "node:test";
import { testModel } from "@deepaas/core";
import model from "./model.ts";

test("a training learns the sine, tells its progress, and is served", async () => {
  await using tested = await testModel(model);
  const { run, events } = await tested.trained({ epochs: 30 });
  assert.equal(run.state, "succeeded");
  assert.equal(events.filter(({ type }) => type === "progress").length, 30);
  const { y } = await tested.predict({ x: Math.PI / 2 });
  assert.ok(Math.abs(y - 1) < 0.2, `the sine of a right angle is 1, not ${y}`);
});

test("a training that is cancelled changes nothing", async () => {
  await using tested = await testModel(model);
  const before = await tested.predict({ x: 1 });
  const { id } = await tested.train({ epochs: 10_000 });
  for await (const { type } of tested.watch(id)) if (type === "progress") await tested.host.cancel(id);
  assert.equal((await tested.host.run(id)).state, "cancelled");
  assert.deepEqual(await tested.predict({ x: 1 }), before);
});

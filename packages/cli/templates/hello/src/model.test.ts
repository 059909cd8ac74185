import assert from "node:assert/strict";
import { test } from "node:test";
import { testModel } from "@deepaas/core";
import model from "./model.ts";

test("a training finds the slope of the line, and predict uses it", async () => {
  await using tested = await testModel(model);
  assert.deepEqual(await tested.predict({ x: 10 }), { y: 0 });
  const { run } = await tested.trained({ epochs: 100 });
  assert.equal(run.state, "succeeded");
  const { y } = await tested.predict({ x: 10 });
  assert.ok(y > 19 && y < 21, `y is ${y}`);
});

test("a call without x is refused", async () => {
  await using tested = await testModel(model);
  // @ts-expect-error: the compiler refuses it, too.
  await assert.rejects(tested.predict({}), { code: "invalid_args" });
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { testModel } from "@deepaas/core";
import model from "./model.ts";

test("it names colours, of many calls at once", async () => {
  await using tested = await testModel(model);
  const answers = await Promise.all([
    tested.predict({ red: 250, green: 5, blue: 10 }),
    tested.predict({ red: 240, green: 255, blue: 20 }),
    tested.predict({ red: 0, green: 0, blue: 0 }),
  ]);
  assert.deepEqual(
    answers.map(({ label }) => label),
    ["red", "yellow", "black"],
  );
  for (const { probability } of answers) assert.ok(probability > 0.9 && probability <= 1, `it is ${probability}`);
});

test("a channel beyond 255 is refused", async () => {
  await using tested = await testModel(model);
  await assert.rejects(tested.predict({ red: 256, green: 0, blue: 0 }), { code: "invalid_args" });
});

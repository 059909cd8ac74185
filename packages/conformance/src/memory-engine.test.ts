// The engine suite over the in-memory engine.
import { memoryEngine } from "@deepaas/core/ports";
import { expect, test } from "vitest";
import { engineSuite } from "./engine/engine-suite.ts";
import { engineRequirements } from "./engine/requirements.ts";
import { uncited } from "./suite.ts";

// #region engine
const suite = engineSuite(async () => {
  const engine = memoryEngine();
  return { engine, close: () => engine.close() };
});
// #endregion engine

for (const { title, run } of suite) test(title, run);

test("every requirement of an engine is cited", () => {
  expect(uncited(suite, engineRequirements)).toEqual([]);
});

// The example of the README.
import { join } from "node:path";
import { createHost } from "@deepaas/core";
import { expect, test } from "vitest";
import { workers } from "./workers.ts";

const path = join(import.meta.dirname, "testing/faulty.ts");

test("a host serves models that run in workers", async () => {
  // #region host
  const executor = workers({ modules: { faulty: path }, predict: 2, train: 1 });
  const host = await createHost({ executor });
  // #endregion host
  expect(await host.predict("faulty", { do: "env" })).toBe(null);
  await host.close();
});

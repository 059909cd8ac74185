import { fileURLToPath } from "node:url";
import { connectRest } from "@deepaas/client";
import { expect, test } from "vitest";
import { serveDeepaas } from "./support/deepaas.ts";
import { tempFolder } from "./support/temp-folder.ts";

const digits = fileURLToPath(new URL("../examples/digits/digits.ts", import.meta.url));

test("a training of the digits continues after kill -9 with the epoch after its last checkpoint", {
  timeout: 120_000,
}, async () => {
  using folder = tempFolder();
  const serve = () => serveDeepaas([digits], { cwd: folder.path, keeps: true });
  const plan = { epochs: 12, samples: 160, batch_size: 16 };
  await using first = await serve();
  await connectRest(first.url).train("digits", plan, { runId: "learns" });
  await expect
    .poll(async () => (await connectRest(first.url).run("learns")).checkpoint?.step, { timeout: 60_000 })
    .toBeGreaterThan(1);
  await first.end("SIGKILL");

  await using second = await serve();
  const service = connectRest(second.url);
  const events = await Array.fromAsync(service.watch("learns"));
  expect(events.at(-1)).toMatchObject({ type: "succeeded", result: { epochs: 12 } });
  const lost = events.findIndex(({ type }) => type === "lost");
  const epochs = (some: typeof events) => some.flatMap((event) => (event.type === "checkpoint" ? [event.step] : []));
  expect(epochs(events.slice(0, lost)).length).toBeGreaterThan(1);
  expect(epochs(events)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  const last = epochs(events.slice(0, lost)).at(-1) as number;
  const next = events.slice(lost).find(({ type }) => type === "progress");
  expect(next).toMatchObject({ step: last * 10 + 1, total: 120 });
});

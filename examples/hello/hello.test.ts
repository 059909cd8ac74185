import { createHost } from "@deepaas/core";
import { expect, test } from "vitest";
import hello from "./hello.ts";

// Least squares through the origin: sum(x * y) / sum(x * x).
const best = 59.7 / 30;

test("a training finds the line, tells how it gets there, and predict answers with what it found", async () => {
  await using host = await createHost({ models: { hello } });
  expect(await host.predict("hello", { x: 3 })).toEqual({ y: 0 });
  const { id } = await host.train("hello", { epochs: 100 });
  const events = await Array.fromAsync(host.watch(id));
  expect(events.at(-1)?.type).toBe("succeeded");
  const slopes = events.flatMap((event) => (event.type === "progress" ? Number(event.metrics?.slope) : []));
  expect(slopes).toHaveLength(100);
  expect(slopes.every((slope, i) => i === 0 || slope > (slopes[i - 1] ?? 0))).toBe(true);
  expect(await host.predict("hello", { x: 10 })).toEqual({ y: expect.closeTo(best * 10, 1) });
});

test("a cancelled training leaves the line as it was", async () => {
  await using host = await createHost({ models: { hello } });
  const before = await host.predict("hello", { x: 10 });
  const { id } = await host.train("hello", { epochs: 100_000 });
  for await (const event of host.watch(id)) if (event.type === "progress") await host.cancel(id);
  expect((await host.run(id)).state).toBe("cancelled");
  expect(await host.predict("hello", { x: 10 })).toEqual(before);
});

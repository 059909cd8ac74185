import { createHost } from "@deepaas/core";
import { expect, test } from "vitest";
import hello from "./hello.ts";

// Least squares through the five points.
const best = { slope: 1.97, offset: 1.07 };

test("a training finds the line through the points, tells its loss, and predict answers with what it found", async () => {
  await using host = await createHost({ models: { hello } });
  expect(await host.predict("hello", { x: 3 })).toEqual({ y: 0 });
  const { id } = await host.train("hello", { epochs: 150 });
  const events = await Array.fromAsync(host.watch(id));
  expect(events.at(-1)).toMatchObject({ type: "succeeded", result: { slope: expect.closeTo(best.slope, 1) } });
  const losses = events.flatMap((event) => (event.type === "progress" ? Number(event.metrics?.loss) : []));
  expect(losses).toHaveLength(150);
  expect(losses.at(-1)).toBeLessThan((losses[0] ?? 0) / 10);
  const { y } = (await host.predict("hello", { x: 10 })) as { y: number };
  expect(Math.abs(y - (best.slope * 10 + best.offset))).toBeLessThan(0.5);
});

test("a cancelled training leaves the line as it was", async () => {
  await using host = await createHost({ models: { hello } });
  const before = await host.predict("hello", { x: 10 });
  const { id } = await host.train("hello", { epochs: 100_000 });
  for await (const event of host.watch(id)) if (event.type === "progress") await host.cancel(id);
  expect((await host.run(id)).state).toBe("cancelled");
  expect(await host.predict("hello", { x: 10 })).toEqual(before);
});

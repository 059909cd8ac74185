// The effect of each fault, and the example of the README.
import { createHost, type RunEvent } from "@deepaas/core";
import { memoryStore } from "@deepaas/core/ports";
import { expect, test } from "vitest";
import { collect } from "./expect.ts";
import { crashStore } from "./faults/crash-store.ts";
import { cutService } from "./faults/cut-service.ts";
import { cutStore } from "./faults/cut-store.ts";
import { duplicateStore } from "./faults/duplicate-store.ts";
import { reorderStore } from "./faults/reorder-store.ts";
import { stallStore } from "./faults/stall-store.ts";
import { fixtureModels } from "./fixture-models.ts";
import { line, log, running } from "./store/subject.ts";

test("a cut service drops `times` watches after `afterEvents` events", async () => {
  const host = await createHost({ models: fixtureModels(["trainer"]) as Record<string, object> });
  // #region cut
  const service = cutService(host, { afterEvents: 2, times: 3 });
  const { id } = await service.train("trainer", { script: [{ do: "report", step: 1 }] });
  const events: RunEvent[] = [];
  let drops = 0;
  while (events.at(-1)?.type !== "succeeded") {
    try {
      for await (const event of service.watch(id, { after: events.length })) events.push(event);
    } catch {
      drops++;
    }
  }
  // #endregion cut
  expect(events.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
  expect(drops).toBeGreaterThan(0);
  expect(drops).toBeLessThanOrEqual(3);
  await expect(collect(cutService(host, { afterEvents: 9 }).watch(id))).rejects.toMatchObject({ code: "unavailable" });
  await host.close();
});

test("a crash happens at its call, before or after the write", async () => {
  for (const committed of [false, true]) {
    const store = crashStore(memoryStore(), [{ at: 2, committed }]);
    await running(store, "r");
    const append = (n: number) => store.append("r", line(`${n}`), { attempt: 1, appendNumber: n });
    await append(1);
    await expect(append(2)).rejects.toMatchObject({ code: "unavailable" });
    await append(3);
    expect(await log(store, "r")).toHaveLength(committed ? 5 : 4);
  }
});

test("a cut store rejects `times` calls and then answers again", async () => {
  const store = cutStore(memoryStore(), { calls: 1, times: 2 });
  await store.get("r");
  for (let i = 0; i < 2; i++) await expect(store.get("r")).rejects.toMatchObject({ code: "unavailable" });
  expect(await store.get("r")).toBeUndefined();
});

test("a stall holds calls until it ends", async () => {
  const { store, stall } = stallStore(memoryStore());
  await running(store, "r");
  stall.begin();
  let answered = false;
  const append = store.append("r", line("a")).then(() => {
    answered = true;
  });
  await stall.reached();
  expect(answered).toBe(false);
  stall.end();
  await append;
});

test("a duplicated append reaches the store twice", async () => {
  let appends = 0;
  const inner = memoryStore();
  const counting = {
    ...inner,
    append: (...args: Parameters<typeof inner.append>) => {
      appends++;
      return inner.append(...args);
    },
  };
  const store = duplicateStore(counting);
  await running(store, "r");
  await store.append("r", line("a"), { attempt: 1, appendNumber: 1 });
  expect(appends).toBe(2);
});

test("reordered wake-ups come late, several times and early", async () => {
  const store = reorderStore(memoryStore(), { pause: () => Promise.resolve(), times: () => 2, early: () => true });
  await running(store, "r");
  let wakes = 0;
  const end = store.subscribe("r", () => wakes++);
  const append = store.append("r", line("a"));
  expect(wakes).toBe(1);
  await append;
  await new Promise(setImmediate);
  expect(wakes).toBe(3);
  end();
});

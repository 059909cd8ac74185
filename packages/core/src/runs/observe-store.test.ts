import { expect, test } from "vitest";
import { DeepaasError } from "../contract/error.ts";
import { memoryStore } from "../in-memory/run-store.ts";
import type { HostObserver } from "../ports/observer.ts";
import { observeStore } from "./observe-store.ts";

const newRun = { id: "r", model: "m", args: {}, private: { secrets: {}, files: {} }, fingerprint: "f" };
const blob = { id: "b", size: 1, contentType: "x/y" };

function observed() {
  const seen: unknown[] = [];
  const store: HostObserver["store"] = ({ name, runId }) => {
    seen.push([name, runId]);
    return { end: ({ error }) => void seen.push(error ?? "ok") };
  };
  return { seen, store: observeStore(memoryStore(), { store }) };
}

test("each operation is told with its run, and how it ended", async () => {
  const { store, seen } = observed();
  await store.open({ id: "h" });
  await store.create(newRun);
  await store.claim("r");
  await store.addVersion({ model: "m", metrics: {}, blob, runId: "r" }, 1);
  await store.versions("m");
  expect(seen).toEqual([
    ...[["open", undefined], "ok", ["create", "r"], "ok", ["claim", "r"], "ok", ["addVersion", "r"], "ok"],
    ...[["versions", undefined], "ok"],
  ]);
});

test("an operation that fails is told with its code, and fails as before", async () => {
  const { store, seen } = observed();
  await expect(store.read("none", 0, 1)).rejects.toMatchObject({ code: "not_found" });
  expect(seen).toEqual([["read", "none"], "not_found"]);
  const broken = observeStore(
    { ...memoryStore(), get: () => Promise.reject(new Error("disk")) },
    {
      store: () => ({ end: ({ error }) => void seen.push(error) }),
    },
  );
  await expect(broken.get("r")).rejects.toThrow("disk");
  expect(seen.at(-1)).toBe("internal");
});

test("without the hook it is the same store, and optional methods stay absent", () => {
  const store = memoryStore();
  expect(observeStore(store, undefined)).toBe(store);
  expect(observeStore(store, { predict: () => undefined })).toBe(store);
  const hook = { store: () => undefined };
  expect(observeStore(store, hook).lead).toBeUndefined();
  expect(observeStore({ ...store, problem: () => "full" }, hook).problem?.()).toBe("full");
});

test("a call that the store refuses at once is told, too", async () => {
  const seen: unknown[] = [];
  const given = {
    ...memoryStore(),
    get: () => {
      throw new DeepaasError("unavailable", "closed");
    },
  };
  const store = observeStore(given, { store: () => ({ end: (end) => void seen.push(end) }) });
  await expect(store.get("r")).rejects.toMatchObject({ code: "unavailable" });
  expect(seen).toEqual([{ error: "unavailable" }]);
});

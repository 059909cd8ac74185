// The loop over a run's log, on a store that the test holds. The order of its steps under faults: `storeSuite`.
import { getEventListeners } from "node:events";
import { describe, expect, test } from "vitest";
import { DeepaasError } from "../contract/error.ts";
import type { Run, RunEvent } from "../contract/run.ts";
import { createHost } from "../index.ts";
import type { RunStore } from "../ports/run-store.ts";
import { watchRun } from "./watch.ts";

const event = (seq: number, type = "progress") => ({ seq, at: "2026-01-01T00:00:00.000Z", type }) as RunEvent;

/** A log in memory whose `append` the test calls. */
function log({ first = 1 } = {}) {
  const events: RunEvent[] = [];
  const wakers = new Set<() => void>();
  const reads: { after: number; limit: number }[] = [];
  let state: Run["state"] = "running";
  let last = first - 1;
  const hooks: { onRead?: (after: number) => void | Promise<void>; onGet?: () => void | Promise<void> } = {};
  const store = {
    async get() {
      await hooks.onGet?.();
      return { id: "r", state, firstSeq: first, lastSeq: last } as Run;
    },
    async read(_id: string, after: number, limit: number) {
      reads.push({ after, limit });
      await hooks.onRead?.(after);
      return events.filter(({ seq }) => seq > after).slice(0, limit);
    },
    subscribe(_id: string, wake: () => void) {
      wakers.add(wake);
      return () => void wakers.delete(wake);
    },
  } as unknown as RunStore;
  return {
    store,
    wakers,
    reads,
    hooks,
    append(...types: string[]) {
      for (const type of types) {
        events.push(event(++last, type));
        if (["succeeded", "failed", "cancelled"].includes(type)) state = type as Run["state"];
      }
      for (const wake of wakers) wake();
    },
    end(ended: Run["state"]) {
      state = ended;
      for (const wake of wakers) wake();
    },
    trim(to: number) {
      while (events[0] && events[0].seq < to) events.shift();
    },
    extend: (to: number) => {
      last = to;
    },
  };
}

const turn = () => new Promise(setImmediate);
const rejection = (call: Promise<unknown>) =>
  call.then(
    () => undefined,
    (error: unknown) => error as DeepaasError,
  );
const seqs = async (watch: AsyncIterable<RunEvent>) => (await Array.fromAsync(watch)).map(({ seq }) => seq);

describe("a watch", () => {
  test("returns the log from its first event to the terminal one, and stops there", async () => {
    const { store, append, wakers } = log();
    append("started", "progress", "succeeded");
    expect(await seqs(watchRun(store, "r"))).toEqual([1, 2, 3]);
    expect(wakers.size).toBe(0);
  });

  test("begins at the first event that is kept", async () => {
    const { store, append, reads } = log({ first: 5 });
    append("progress", "succeeded");
    expect(await seqs(watchRun(store, "r"))).toEqual([5, 6]);
    expect(reads).toEqual([{ after: 4, limit: 512 }]);
  });

  test("goes on after its cursor, also after 0", async () => {
    const { store, append } = log();
    append("started", "progress", "succeeded");
    expect(await seqs(watchRun(store, "r", { after: 2 }))).toEqual([3]);
    expect(await seqs(watchRun(store, "r", { after: 0 }))).toEqual([1, 2, 3]);
  });

  test("at the last event of an ended run ends at once", async () => {
    const { store, append, wakers } = log();
    append("started", "succeeded");
    expect(await seqs(watchRun(store, "r", { after: 2 }))).toEqual([]);
    expect(wakers.size).toBe(0);
  });

  test("of an ended run reads on while events are left", async () => {
    const { store, append, reads, hooks } = log();
    append("started");
    // The run ends between the read and the look at its state.
    let ended = false;
    hooks.onGet = () => {
      if (ended || reads.length < 2) return;
      ended = true;
      append("failed");
    };
    expect(await seqs(watchRun(store, "r"))).toEqual([1, 2]);
  });

  test("sleeps while there is nothing, and reads again with each wake", async () => {
    const { store, append, reads } = log();
    append("started");
    const watch = watchRun(store, "r");
    await watch.next();
    const second = watch.next();
    await turn();
    await turn();
    expect(reads).toHaveLength(2);
    append("progress");
    expect((await second).value).toMatchObject({ seq: 2 });
    const third = watch.next();
    await turn();
    append("succeeded");
    expect((await third).value).toMatchObject({ seq: 3 });
    expect((await watch.next()).done).toBe(true);
    expect(reads).toHaveLength(5);
  });

  test("does not sleep over an event that is appended during the read", async () => {
    const { store, append, hooks, reads } = log();
    let appended = false;
    const late = async () => {
      await turn();
      if (appended) return;
      appended = true;
      // The answer of this read does not have it.
      queueMicrotask(() => append("succeeded"));
    };
    hooks.onGet = () => (reads.length === 1 ? late() : undefined);
    expect(await seqs(watchRun(store, "r"))).toEqual([1]);
  });

  test("of a long log gives other work its turn after each full read, and only then", async () => {
    const { store, append, reads } = log();
    append(...Array.from({ length: 512 + 100 }, () => "progress"), "succeeded");
    let turns = 0;
    const count = () => {
      turns++;
      if (turns < 100) setImmediate(count);
    };
    setImmediate(count);
    const watch = watchRun(store, "r");
    for (let i = 1; i <= 512; i++) await watch.next();
    expect(turns).toBe(0);
    await watch.next();
    expect(turns).toBe(1);
    for await (const _ of watch);
    expect(turns).toBe(1);
    expect(reads.map(({ after }) => after)).toEqual([0, 512]);
    turns = 100;
  });

  test("that is given up ends its subscription and leaves no listener", async () => {
    const { store, append, wakers } = log();
    append("started");
    const { signal } = new AbortController();
    const watch = watchRun(store, "r", { signal });
    await watch.next();
    expect([wakers.size, getEventListeners(signal, "abort").length]).toEqual([1, 1]);
    await watch.return();
    expect([wakers.size, getEventListeners(signal, "abort").length]).toEqual([0, 0]);
  });
});

describe("a signal", () => {
  test("ends a watch that sleeps, with its reason; nothing is left", async () => {
    for (const reason of [undefined, new DeepaasError("unavailable", "Closing.")]) {
      const { store, append, wakers } = log();
      append("started");
      const leave = new AbortController();
      const watch = watchRun(store, "r", { signal: leave.signal });
      await watch.next();
      const next = rejection(watch.next());
      await turn();
      leave.abort(reason);
      expect((await next)?.code).toBe(reason?.code ?? "cancelled");
      expect([wakers.size, getEventListeners(leave.signal, "abort").length]).toEqual([0, 0]);
    }
  });

  test("ends a watch between two events, also before the first", async () => {
    const { store, append, reads } = log();
    append("started", "progress", "succeeded");
    const leave = new AbortController();
    const watch = watchRun(store, "r", { signal: leave.signal });
    await watch.next();
    leave.abort();
    expect(await rejection(watch.next())).toMatchObject({ code: "cancelled" });
    expect(reads).toHaveLength(1);
    expect(await rejection(watchRun(store, "r", { signal: leave.signal }).next())).toMatchObject({ code: "cancelled" });
    expect(reads).toHaveLength(1);
  });

  test("that is not aborted changes nothing", async () => {
    const { store, append } = log();
    append("started", "succeeded");
    expect(await seqs(watchRun(store, "r", { signal: new AbortController().signal }))).toEqual([1, 2]);
  });
});

describe("an error", () => {
  test("of a run that does not exist is not_found; nothing is left", async () => {
    const { store, wakers } = log();
    const none = { ...store, get: async () => undefined };
    expect(await rejection(watchRun(none, "r").next())).toMatchObject({ code: "not_found" });
    expect(wakers.size).toBe(0);
  });

  test.each([-1, 0.5, Number.NaN, 2 ** 60])("of the cursor %d is invalid_args", async (after) => {
    const { store, append } = log();
    append("started");
    expect(await rejection(watchRun(store, "r", { after }).next())).toMatchObject({
      code: "invalid_args",
      issues: [{ pointer: "/after", rule: "type" }],
    });
  });

  test("of onStart comes before the first read; mapError converts what it rejects with", async () => {
    const { store, append, reads, wakers } = log();
    append("started", "succeeded");
    const denied = new DeepaasError("permission_denied", "No.");
    const onStart = () => {
      throw denied;
    };
    expect(await rejection(watchRun(store, "r", { onStart }).next())).toBe(denied);
    expect([reads.length, wakers.size]).toEqual([0, 0]);
    const mapped = new Error("mapped");
    const broken = {
      ...store,
      read: async () => {
        throw new Error("disk");
      },
    };
    expect(await rejection(watchRun(broken, "r", { mapError: () => mapped }).next())).toBe(mapped);
    expect(await rejection(watchRun(broken, "r").next())).toMatchObject({ message: "disk" });
    expect(wakers.size).toBe(0);
  });
});

describe("events that are trimmed before the first read", () => {
  const trimmed = (first: number) => new DeepaasError("out_of_range", "Trimmed.", { first });

  test("are left out of a watch without a cursor", async () => {
    const { store, append, hooks, trim, reads } = log();
    append("started", "progress", "progress", "succeeded");
    trim(3);
    hooks.onRead = (after) => {
      if (after < 2) throw trimmed(3);
    };
    expect(await seqs(watchRun(store, "r"))).toEqual([3, 4]);
    expect(reads.map(({ after }) => after)).toEqual([0, 2]);
  });

  test("reject a watch with a cursor, and any watch after its first read", async () => {
    const { store, append, hooks } = log();
    append("started", "progress");
    hooks.onRead = () => {
      throw trimmed(2);
    };
    expect(await rejection(watchRun(store, "r", { after: 0 }).next())).toMatchObject({ code: "out_of_range" });
    delete hooks.onRead;
    const watch = watchRun(store, "r");
    await watch.next();
    await watch.next();
    hooks.onRead = () => {
      throw trimmed(9);
    };
    expect(await rejection(watch.next())).toMatchObject({ code: "out_of_range" });
  });

  test.each([
    new DeepaasError("out_of_range", "Without its first event."),
    new DeepaasError("internal", "Damaged.", { first: 2 } as never),
    Object.assign(new Error("not ours"), { code: "out_of_range", first: 2 }),
  ])("are not what another error says: %s", async (error) => {
    const { store, append, hooks } = log();
    append("started", "succeeded");
    hooks.onRead = (after) => {
      if (after === 0) throw error;
    };
    expect(await rejection(watchRun(store, "r").next())).toBe(error);
  });
});

test.each([2 ** 31, 2 ** 40, Number.POSITIVE_INFINITY])(
  "a timeout of %d ms does not end a watch at once",
  async (timeoutMs) => {
    const done = Promise.withResolvers<void>();
    await using host = await createHost({ models: { m: { train: () => done.promise } } });
    const { id } = await host.train("m", {});
    const watch = seqs(host.watch(id, { timeoutMs }));
    watch.catch(() => {});
    // A timer that is too long would end at once.
    await new Promise((resolve) => setTimeout(resolve, 5));
    done.resolve();
    expect((await watch).length).toBeGreaterThan(1);
  },
);

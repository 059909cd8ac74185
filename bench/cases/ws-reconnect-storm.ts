// A thousand watchers drop and resume at once, each from its own cursor in a log of 100 events: time until all have caught up.
import { setImmediate } from "node:timers/promises";
import type { BenchCase } from "../bench-case.ts";
import { runScript } from "../listening.ts";
import { bareBroadcast, ownAdapter } from "../watching.ts";
import type { Storm } from "../ws-storm.ts";

const count = 1_000;
const reports = 98;

export default {
  name: "ws-reconnect-storm",
  against: "1,000 bare connects of ws, time until all are there",
  goal: { atMost: 3 },
  async baseline() {
    const { port, path } = await bareBroadcast();
    return runScript<number>("ws-storm.ts", { port, path, count } satisfies Storm);
  },
  async subject() {
    const { port, path, report, check } = await ownAdapter();
    for (let i = 0; i < reports; i++) {
      report(String(i));
      await setImmediate();
    }
    await check(reports);
    const storm: Storm = { port, path: path.replace(/\?.*/, ""), count, lastSeq: reports + 2 };
    return runScript<number>("ws-storm.ts", storm);
  },
} satisfies BenchCase;

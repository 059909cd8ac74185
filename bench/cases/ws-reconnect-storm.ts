// 1,000 watchers reconnect at the same time, each from its own cursor in a log of 100 events: time until all have caught up.
import { setImmediate } from "node:timers/promises";
import type { BenchCase } from "../bench-case.ts";
import { runScript } from "../listening.ts";
import { bareBroadcast, wsAdapter } from "../watching.ts";
import type { Storm } from "../ws-storm.ts";

const count = 1_000;
const reports = 98;

export default {
  name: "ws-reconnect-storm",
  against: "1,000 connections of a bare ws server, time until all are open",
  goal: { atMost: 3 },
  async baseline() {
    const { port, path } = await bareBroadcast();
    return runScript<number>("ws-storm.ts", { port, path, count } satisfies Storm);
  },
  async subject() {
    const { port, path, report, check } = await wsAdapter();
    for (let i = 0; i < reports; i++) {
      report(String(i));
      await setImmediate();
    }
    await check(reports);
    const storm: Storm = { port, path: path.replace(/\?.*/, ""), count, lastSeq: reports + 2 };
    return runScript<number>("ws-storm.ts", storm);
  },
} satisfies BenchCase;

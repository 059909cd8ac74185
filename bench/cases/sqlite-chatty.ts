// The event-loop delay while one run receives 100,000 reports per second: p99 in milliseconds.
import { sqliteStore } from "@deepaas/sqlite";
import type { BenchCase } from "../bench-case.ts";
import { delayP99, reportLoss } from "../chatty-run.ts";
import { sqlitePath } from "../sqlite-file.ts";

export default {
  name: "sqlite-chatty",
  against: "the in-memory store, event-loop delay p99",
  goal: { atMost: 3 },
  rounds: 5,
  baseline: () => delayP99(reportLoss),
  subject: () => delayP99(reportLoss, sqliteStore({ path: sqlitePath() })),
} satisfies BenchCase;

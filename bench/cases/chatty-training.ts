// The event-loop delay while a model makes 100,000 reports per second: p99 in milliseconds.
import type { BenchCase } from "../bench-case.ts";
import { delayP99, reportLoss } from "../chatty-run.ts";

export default {
  name: "chatty-training",
  against: "the same loop without reports, event-loop delay p99",
  goal: { atMost: 3 },
  rounds: 5,
  baseline: () => delayP99((_run, step) => void { loss: 1 / (step + 1) }),
  subject: () => delayP99(reportLoss),
} satisfies BenchCase;

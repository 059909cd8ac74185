// Memory that stays flat: resident memory after 200,000 requests of 32 callers by that after 20,000.
import type { BenchCase } from "../bench-case.ts";
import { adapter, bareKoa, growth, middleware, oneWorker } from "../rest-servers.ts";

export default {
  name: "rest-memory",
  against: "the limit itself: the figure is the growth of the subject",
  goal: { atMost: 1.3 },
  figure: (subject) => subject,
  rounds: 3,
  baseline: () => growth(bareKoa()),
  subject: () => growth(adapter()),
  beside: {
    "as middleware": () => growth(middleware()),
    "one worker": () => growth(oneWorker()),
  },
} satisfies BenchCase;

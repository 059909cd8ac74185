import { postgresMissing, redisMissing } from "@deepaas/conformance/servers";
import { expect, test } from "vitest";
import { killNodes } from "./support/cluster-kills.ts";

const missing = postgresMissing ?? redisMissing;
const seed = Math.floor(Math.random() * 2 ** 31);

test.skipIf(missing !== undefined).each(["postgres", "redis"] as const)(
  "100 runs on three nodes, of which some are killed and frozen, end once, with a queue in %s (needs postgresql and redis-server)",
  async (queue) => {
    const { attempts, kills } = await killNodes({ runs: 100, nodes: 3, minutes: 0.5, seed, queue });
    expect(kills.SIGKILL + kills.SIGTERM + kills.SIGSTOP).toBeGreaterThan(2);
    expect(attempts).toBeGreaterThan(100);
  },
  240_000,
);

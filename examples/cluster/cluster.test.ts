import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { postgresMissing } from "@deepaas/conformance/servers";
import { expect, test } from "vitest";

test.skipIf(postgresMissing !== undefined && !process.env.CI)(
  "a run that is started on one node and watched on another has no gap when its node is killed (needs postgresql and nginx)",
  async () => {
    const root = join(import.meta.dirname, "../..");
    const { stdout } = await promisify(execFile)("sh", ["-e", join(import.meta.dirname, "story.sh")], { cwd: root });
    const lines = stdout.trim().split("\n");
    expect(lines).toContain("attempt 2 has started");
    expect(lines.at(-2)).toMatch(/^\d+ events through nginx, no gap$/);
    expect(lines.at(-1)).toMatch(/^succeeded: \d+ events, no gap$/);
  },
  120_000,
);

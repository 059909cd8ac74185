import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

test("two processes that are cut off again and again see every event exactly once, also when the server is killed", async () => {
  const root = join(import.meta.dirname, "../..");
  const { stdout } = await promisify(execFile)("sh", ["-e", join(import.meta.dirname, "story.sh")], { cwd: root });
  const [ws = "", sse = "", end = ""] = stdout.split("\n");
  // queued, 2 x started, 150 steps, of which 10 twice, 7 checkpoints, lost, succeeded.
  expect(ws).toBe("ws: 172 events, each exactly once");
  expect(sse).toBe("sse: 172 events, each exactly once");
  const [, cuts] =
    /^(\d+) connections were cut, 1 listening server and 1 process ended; .* 2 attempts$/.exec(end) ?? [];
  expect(Number(cuts)).toBeGreaterThan(8);
});

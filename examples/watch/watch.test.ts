import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

test("two processes that are cut off again and again, and a restart, see every event exactly once", async () => {
  const root = join(import.meta.dirname, "../..");
  const { stdout } = await promisify(execFile)("sh", ["-e", join(import.meta.dirname, "story.sh")], { cwd: root });
  const [ws, sse, end] = stdout.split("\n");
  // queued, started, 150 steps, succeeded.
  expect(ws).toBe("ws: 153 events, each exactly once");
  expect(sse).toBe("sse: 153 events, each exactly once");
  expect(Number(/^(\d+) connections were cut/.exec(end ?? "")?.[1])).toBeGreaterThan(8);
});

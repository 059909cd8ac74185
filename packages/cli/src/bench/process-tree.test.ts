import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { descendants, rowsFromText, treeUsage } from "./process-tree.ts";

test("the tree has the descendants of a process and no others", () => {
  const row = (pid: number, parent: number) => ({ pid, parent });
  const rows = [row(5, 4), row(1, 0), row(2, 1), row(3, 2), row(4, 2), row(6, 1)];
  expect(descendants(2, rows).map(({ pid }) => pid)).toEqual([2, 3, 4, 5]);
  expect(descendants(9, rows)).toEqual([]);
});

test("the lines of ps are read, with hours and days", () => {
  expect(rowsFromText("  1   0  1024 00:02\n 20 1 512 1-02:03:04\n 21 1 8 0:01.50\n\n")).toEqual([
    { pid: 1, parent: 0, rssBytes: 1_048_576, cpuMs: 2_000 },
    { pid: 20, parent: 1, rssBytes: 524_288, cpuMs: 93_784_000 },
    { pid: 21, parent: 1, rssBytes: 8_192, cpuMs: 1_500 },
  ]);
});

test.skipIf(process.platform === "win32")("the memory of a child process is counted", async () => {
  const child = spawn(process.execPath, ["-e", "process.stdin.resume(); console.log(1)"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  const alone = await treeUsage(child.pid as number);
  const all = await treeUsage(process.pid);
  child.stdin.end();
  await once(child, "close");
  expect(alone?.rssBytes).toBeGreaterThan(1_048_576);
  expect(all?.rssBytes).toBeGreaterThan(alone?.rssBytes as number);
  expect(all?.cpuMs).toBeGreaterThan(0);
  expect(await treeUsage(child.pid as number)).toBeUndefined();
});

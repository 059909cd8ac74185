// kill -9 at random moments: what the store has answered is there, once, and the log has no gap.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { checkLog, checkRecord } from "@deepaas/conformance";
import type { Run } from "@deepaas/core";
import { expect, test } from "vitest";
import { newFolder, openStore } from "./testing/store-folder.ts";

const child = join(import.meta.dirname, "testing/crash-child.ts");
const kills = 8;

/** What the process was told is kept until it was killed, some time after its first words. */
async function keptUntilKilled(path: string): Promise<readonly string[]> {
  const process_ = spawn(process.execPath, [child, path], { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  process_.stdout.setEncoding("utf8").on("data", (text: string) => {
    if (said === "") setTimeout(() => process_.kill("SIGKILL"), Math.random() * 80);
    said += text;
  });
  const [code, signal] = (await once(process_, "close")) as [number | null, string | null];
  expect([code, signal]).toEqual([null, "SIGKILL"]);
  // The last line may have been cut by the kill.
  return said.split("\n").slice(0, -1);
}

test("after kill -9 nothing that was kept is missing, doubled or out of order", { timeout: 60_000 }, async () => {
  const path = join(newFolder(), "runs.sqlite");
  const kept = [];
  for (let i = 0; i < kills; i++) kept.push(...(await keptUntilKilled(path)));
  expect(kept.length).toBeGreaterThan(kills * 10);
  const { store, db } = await openStore({ path });
  expect(db.prepare("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
  const found: string[] = [];
  for (const id of ["a", "b", "c"]) {
    const events = await store.read(id, 0, 1_000_000);
    checkLog(events);
    const run = (await store.get(id)) as Run;
    checkRecord(run, events);
    expect([run.state, run.attempt]).toEqual(["lost", events.filter(({ type }) => type === "started").length]);
    found.push(...events.flatMap((event) => (event.type === "log" ? [`${id} ${event.text}`] : [])), `${id} queued`);
  }
  expect(new Set(found).size).toBe(found.length);
  const there = new Set(found);
  expect(kept.filter((text) => !there.has(text))).toEqual([]);
});

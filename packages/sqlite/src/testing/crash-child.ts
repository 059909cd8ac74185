// A process that appends to three runs as fast as it can, and says on stdout what it was told is kept. It is killed.
import { writeSync } from "node:fs";
import type { LogAppend } from "@deepaas/core/ports";
import { sqliteStore } from "../sqlite-store.ts";

const [path = ""] = process.argv.slice(2);
const store = sqliteStore({ path });
await store.open({ id: `${process.pid}` });

async function work(id: string): Promise<void> {
  await store.create({ id, model: "m", args: {}, private: { secrets: {}, files: {} }, fingerprint: "f" });
  writeSync(1, `${id} queued\n`);
  const attempt = (await store.claim(id))?.run.attempt ?? 0;
  for (let n = 1; ; n++) {
    const texts = Array.from({ length: 1 + (n % 5) }, (_, i) => `${attempt}/${n}/${i}`);
    const entries: LogAppend[] = texts.map((text) => ({ fact: { type: "log", level: "info", text } }));
    if (n % 7 === 0) entries.push({ fact: { type: "checkpoint", step: n }, data: texts });
    if ((await store.append(id, entries, { attempt, appendNumber: n })) !== "kept") throw new Error(`${id}: stale`);
    writeSync(1, texts.map((text) => `${id} ${text}\n`).join(""));
  }
}

await Promise.all(["a", "b", "c"].map(work));

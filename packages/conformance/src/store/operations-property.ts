import assert from "node:assert/strict";
import { isTerminal } from "@deepaas/core";
import type { RunStore } from "@deepaas/core/ports";
import type { Random } from "../random.ts";
import { checkLog, checkRecord } from "../run-log.ts";
import { cancelled, fact, line, log, lost, newRun, stopping, succeeded } from "./subject.ts";

/**
 * Claims and appends in any order, with current, old, repeated and invented positions. The answers must match the log, and the
 * log must match the record.
 */
export async function answersMatchLog(store: RunStore, random: Random): Promise<void> {
  const id = crypto.randomUUID();
  const kept: string[] = [];
  const stale: string[] = [];
  const certain: string[] = [];
  let texts = 0;
  let claims = 0;
  const sent = new Set<string>();
  await store.create(newRun(id));
  const append = async () => {
    const { attempt = 0 } = (await store.get(id)) ?? {};
    const text = `${texts++}`;
    const wrong = random.oneIn(4) ? 1 - random.below(3) : 0;
    const position = {
      attempt: Math.max(0, attempt + wrong),
      ...(!random.oneIn(3) && { appendNumber: 1 + random.below(12) }),
    };
    const ends = [lost(), lost(false), stopping, cancelled, succeeded, fact({ type: "checkpoint", step: texts })];
    const end = random.oneIn(3) ? (ends[random.below(ends.length)] as typeof succeeded) : [];
    const answer = await store.append(id, [...line(text), ...end], position);
    const again = "appendNumber" in position && sent.has(JSON.stringify(position));
    if (answer === "kept") sent.add(JSON.stringify(position));
    (answer === "kept" && !again ? kept : stale).push(text);
    if (answer === "kept" && !("appendNumber" in position)) certain.push(text);
  };
  for (let i = 0; i < 40; i++) {
    if (random.oneIn(4)) claims += (await store.claim(id)) ? 1 : 0;
    else await append();
  }
  const events = await log(store, id);
  checkLog(events);
  checkRecord((await store.get(id)) as NonNullable<Awaited<ReturnType<typeof store.get>>>, events);
  const shown = events.flatMap((event) => (event.type === "log" ? event.text : []));
  assert.equal(new Set(shown).size, shown.length, "no line is in the log twice");
  assert.ok(
    shown.every((text) => !stale.includes(text)),
    "no line of a stale or repeated append is in the log",
  );
  // An append with a lower number than a kept one is answered `kept`, even if it never arrived.
  assert.ok(shown.every((text) => kept.includes(text)));
  assert.ok(certain.every((text) => shown.includes(text)));
  assert.equal(events.filter(({ type }) => type === "started").length, claims);
  assert.ok(events.filter(({ type }) => isTerminal(type)).length <= 1);
}

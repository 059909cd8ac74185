import assert from "node:assert/strict";
import { isTerminal } from "@deepaas/core";
import type { RunStore } from "@deepaas/core/ports";
import type { Random } from "../random.ts";
import { checkLog, checkRecord } from "../run-log.ts";
import { cancelled, fact, line, log, lost, newRun, stopping, succeeded } from "./subject.ts";

/** Calls in any order, with places that are right, old, repeated or made up: what was answered is what happened. */
export async function operationsAgree(store: RunStore, random: Random): Promise<void> {
  const id = crypto.randomUUID();
  const kept: string[] = [];
  const stale: string[] = [];
  const sure: string[] = [];
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
    if (answer === "kept" && !("appendNumber" in position)) sure.push(text);
  };
  for (let i = 0; i < 40; i++) {
    if (random.oneIn(4)) claims += (await store.claim(id)) ? 1 : 0;
    else await append();
  }
  const events = await log(store, id);
  checkLog(events);
  checkRecord((await store.get(id)) as NonNullable<Awaited<ReturnType<typeof store.get>>>, events);
  const shown = events.flatMap((event) => (event.type === "log" ? event.text : []));
  assert.equal(new Set(shown).size, shown.length, "nothing twice");
  assert.ok(
    shown.every((text) => !stale.includes(text)),
    "nothing of a stale append, or one made again",
  );
  // An `n` below one that was kept counts as kept, although it was never there.
  assert.ok(shown.every((text) => kept.includes(text)));
  assert.ok(sure.every((text) => shown.includes(text)));
  assert.equal(events.filter(({ type }) => type === "started").length, claims);
  assert.ok(events.filter(({ type }) => isTerminal(type)).length <= 1);
}

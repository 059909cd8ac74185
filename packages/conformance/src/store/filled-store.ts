// Fills a store by random operations, and compares two stores by what they answer.
import assert from "node:assert/strict";
import type { BlobRef, LogAppend, NewRun, RunPlaces, RunStore } from "@deepaas/core/ports";
import { fileFromBytes } from "@deepaas/core/ports";
import type { Random } from "../random.ts";
import { checkLog } from "../run-log.ts";
import { claimed, fact, line, log, newRun, traceparent } from "./subject.ts";

const models = ["m", "n", 'odd "name"'];
const metrics = [0.5, 2, -1, "NaN", "Infinity"] as const;

async function fileOf({ blobs }: RunPlaces, text: string): Promise<BlobRef> {
  return blobs.put(
    fileFromBytes(new TextEncoder().encode(text), { contentType: "text/plain", originalFilename: text }),
  );
}

/** Returns the ids of the runs, in the order of their creation. */
export async function fill(places: RunPlaces, random: Random, runs = 12): Promise<readonly string[]> {
  const { store } = places;
  const ids = Array.from({ length: runs }, (_, i) => `${i % 2 === 0 ? "run" : "Run"}-${i}-${random.below(1_000)}`);
  for (const id of ids) await store.create(await someRun(places, id, random));
  // In an order of their own, so that ends are not in the order of creation.
  for (let i = 0; i < runs * 8; i++) await step(places, ids[random.below(runs)] as string, random);
  for (const model of models) {
    for (let number = 1; random.oneIn(2); number++) {
      const blob = await fileOf(places, `weights ${model} ${number}`);
      await store.addVersion({ model, metrics: { loss: number }, blob, owner: "ann" });
      const { revision } = await store.versions(model);
      if (random.oneIn(2)) await store.serveVersion(model, { revision, to: number, reason: "better", by: "ann" });
    }
    const { versions, served } = await store.versions(model);
    const last = versions.at(-1)?.number;
    // Its number must not be given again.
    if (last !== undefined && last !== served && random.oneIn(2)) await store.removeVersion(model, last);
  }
  return ids;
}

async function someRun(places: RunPlaces, id: string, random: Random): Promise<NewRun> {
  const owner = random.oneIn(3) ? {} : { owner: ["ann", "bob"][random.below(2)] as string };
  const data = await fileOf(places, `data of ${id}`);
  return newRun(id, {
    ...owner,
    model: models[random.below(models.length)] as string,
    args: { rate: random.below(10), token: "***", text: 'a "text" with \u0000 and é' },
    private: {
      secrets: random.oneIn(2) ? { token: `secret of ${id}` } : {},
      files: random.oneIn(2) ? { data } : { many: [data, await fileOf(places, `more of ${id}`)] },
      ...(random.oneIn(2) && { traceparent }),
    },
    fingerprint: `fingerprint of ${id}`,
  });
}

async function step(places: RunPlaces, id: string, random: Random): Promise<void> {
  const { store } = places;
  const run = await store.get(id);
  if (run?.state !== "running") return void (await store.claim(id));
  const { attempt, model, lastSeq } = run;
  const blob = () => fileOf(places, `file ${lastSeq} of ${id}`);
  const some = async (): Promise<readonly LogAppend[]> => {
    switch (random.below(14)) {
      case 0:
        return [{ fact: { type: "lost", reason: "crashed" }, counted: random.oneIn(2) }];
      case 1:
        return fact({ type: "stopping", reason: "enough" });
      case 2:
        return fact({ type: "cancelled", reason: "no more" });
      case 3:
        return fact({ type: "failed", error: { code: "internal", message: "It failed." } });
      case 4:
        return fact({ type: "succeeded", result: { ok: [1, null, "text"] } });
      case 5:
      case 6: {
        const step = lastSeq;
        const kept = random.oneIn(2) ? { data: { step } } : { blob: await blob() };
        return [{ fact: { type: "checkpoint", step }, version: "2", ...kept }];
      }
      case 7: {
        const ref = await blob();
        const { size, contentType } = ref;
        return [{ fact: { type: "artifact", name: `a${random.below(2)}`, size, contentType }, blob: ref }];
      }
      case 8: {
        const ref = await blob();
        const publication = { metrics: { loss: 1 }, promote: "always" as const };
        const entry: LogAppend = { fact: { type: "published" }, blob: ref, publication };
        // A server that dies before the end of the run leaves such a version.
        if (random.oneIn(3)) await store.addVersion({ model, metrics: {}, blob: ref, runId: id }, attempt);
        return [entry];
      }
      default:
        return [
          ...line(`line ${lastSeq}`),
          ...fact({
            type: "progress",
            step: lastSeq,
            metrics: { loss: metrics[random.below(5)] ?? 0, 'a"b': lastSeq },
          }),
        ];
    }
  };
  await store.append(id, await some(), { attempt });
}

/**
 * What can be read of a run, with the contents of its files in place of their ids. `isHeld`: it was held before it was copied, and
 * each copy has ended it at a time of its own.
 */
export async function answersOf({ store, blobs }: RunPlaces, id: string, isHeld: boolean) {
  const text = async (ref: BlobRef) => {
    const { id: _own, sha256: _known, ...same } = ref;
    return { ...same, text: await (await blobs.get(ref)).text() };
  };
  const stored = (await store.transfer?.run(id)) ?? assert.fail(`There is no run ${id}.`);
  const { run, private: privateArgs, checkpoints, artifacts, published, stateAt, endedAs, ...same } = stored;
  assert.deepEqual(await store.get(id), run);
  const { endedAt, ...record } = run;
  const files = Object.entries(privateArgs.files).map(async ([name, refs]) => {
    return { name, isList: Array.isArray(refs), texts: await Promise.all([refs].flat().map(text)) };
  });
  const events = await log(store, id);
  checkLog(events);
  const { at, ...last } = events.at(-1) ?? assert.fail("The log is empty.");
  const artifact = await store.artifact(id, "a0");
  return {
    ...same,
    ...(isHeld ? { record } : { record: run, stateAt, at }),
    log: events.slice(0, -1),
    last,
    isEnded: endedAt !== undefined && endedAs !== undefined,
    private: { ...privateArgs, files: await Promise.all(files) },
    checkpoints: await Promise.all(
      checkpoints.map(async ({ blob, ...one }) => ({ ...one, ...(blob && { blob: await text(blob) }) })),
    ),
    artifacts: await Promise.all(artifacts.map(async ({ name, blob }) => ({ name, ...(await text(blob)) }))),
    published: published && { ...published, blob: await text(published.blob) },
    artifact: artifact && (await text(artifact)),
  };
}

/** What is asked of all runs and models. */
export async function listsOf({ store, blobs }: RunPlaces) {
  const ids = async (filter: Parameters<RunStore["list"]>[0]) => (await store.list(filter)).items.map(({ id }) => id);
  return {
    oldest: await ids({}),
    newest: await ids({ newestFirst: true }),
    ann: await ids({ owner: "ann" }),
    ended: await ids({ state: ["succeeded", "failed"] }),
    odd: await ids({ model: models[2] as string }),
    loss: await ids({ orderByMetric: "loss" }),
    quoted: await ids({ orderByMetric: 'a"b', descending: true }),
    models: await Promise.all(
      models.map(async (model) => {
        const { versions, ...same } = await store.versions(model);
        const texts = versions.map(async ({ blob, ...one }) => ({
          ...one,
          text: await (await blobs.get(blob)).text(),
        }));
        return { ...same, versions: await Promise.all(texts) };
      }),
    ),
    queued: (await store.usage?.("ann"))?.queued,
  };
}

/** What a node gets with the next attempt. */
export async function claimOf(store: RunStore, id: string) {
  const { run, private: privateArgs, checkpoints, published, lostInARow } = await claimed(store, id);
  return {
    ...{ attempt: run.attempt, secrets: privateArgs.secrets, files: Object.keys(privateArgs.files) },
    checkpoints: checkpoints.map(({ step, data, version, blob }) => ({ step, data, version, size: blob?.size })),
    ...{ lostInARow, published: published?.promote },
  };
}

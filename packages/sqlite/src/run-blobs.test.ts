// The references of runs to blobs, and the bytes for which they count.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BlobRef } from "@deepaas/core/ports";
import { expect, onTestFinished, test } from "vitest";
import { Batch } from "./batch.ts";
import { openDatabase } from "./database.ts";
import { RunBlobs } from "./run-blobs.ts";

const blob = (id: string, size: number): BlobRef => ({ id, size, contentType: "" }) as BlobRef;

function open(served: readonly string[] = []) {
  const folder = mkdtempSync(join(tmpdir(), "deepaas-run-blobs-"));
  const database = openDatabase(join(folder, "runs.db"));
  onTestFinished(() => {
    database.close();
    rmSync(folder, { recursive: true });
  });
  const blobs = new RunBlobs(database, { refersTo: (id: string) => served.includes(id) } as never);
  const batch = new Batch({} as never, false);
  return { blobs, batch, freed: () => batch.freed.map(({ id }) => id) };
}

test("the files of the arguments count with their sizes", () => {
  const { blobs } = open();
  expect(blobs.addFiles(1, { a: blob("a", 5), list: [blob("b", 7), blob("c", 11)] })).toBe(23);
  expect(blobs.addFiles(2, {})).toBe(0);
  expect(["a", "b", "c", "d"].map((id) => blobs.isKept(id))).toEqual([true, true, true, false]);
});

test("an artifact that is replaced counts for the difference, and the old one is freed", () => {
  const { blobs, batch, freed } = open();
  expect(blobs.replace(1, "artifact/x", { blob: blob("a", 5), batch })).toBe(5);
  expect(blobs.replace(1, "artifact/x", { blob: blob("b", 3), batch })).toBe(-2);
  expect(blobs.at(1, "artifact/x")).toMatchObject({ id: "b" });
  expect(freed()).toEqual(["a"]);
  expect(blobs.replace(1, "artifact/x", { blob: undefined, batch })).toBe(-3);
  expect([blobs.at(1, "artifact/x"), freed()]).toEqual([undefined, ["a", "b"]]);
});

test("the last two checkpoints are kept; an older one is freed, and counts no more", () => {
  const { blobs, batch, freed } = open();
  const body = (step: number, ref?: BlobRef) => ({ step, ...(ref && { blob: ref }) });
  const bytes = (checkpoint: object) => JSON.stringify(checkpoint).length;
  const [first, second, third, fourth] = [body(1, blob("a", 500)), body(2), body(3, blob("c", 70)), body(4)] as const;
  const add = (seq: number, checkpoint: object) =>
    blobs.addCheckpoint(1, seq, { checkpoint: checkpoint as never, batch });
  expect(add(10, first)).toBe(bytes(first) + 500);
  expect(add(11, second)).toBe(bytes(second));
  expect(freed()).toEqual([]);
  expect(add(12, third)).toBe(bytes(third) + 70 - bytes(first) - 500);
  expect([blobs.checkpoints(1), freed()]).toEqual([[second, third], ["a"]]);
  expect(add(13, fourth)).toBe(bytes(fourth) - bytes(second));
  expect([blobs.checkpoints(1), freed(), blobs.isKept("c")]).toEqual([[third, fourth], ["a"], true]);
});

test("a blob is freed only when neither a run nor served weights refer to it", () => {
  const { blobs, batch, freed } = open(["served"]);
  blobs.addFiles(1, { a: blob("shared", 1), b: blob("served", 1), c: blob("own", 1) });
  blobs.addFiles(2, { a: blob("shared", 1) });
  blobs.addCheckpoint(1, 3, { checkpoint: { step: 1 }, batch });
  blobs.forget(1, batch);
  expect([freed(), blobs.checkpoints(1), blobs.isKept("shared"), blobs.isKept("served")]).toEqual([
    ["own"],
    [],
    true,
    true,
  ]);
  blobs.forget(2, batch);
  expect(freed()).toEqual(["own", "shared"]);
});

test("what is published is kept with its metrics, and replaces what was published before", () => {
  const { blobs, batch, freed } = open();
  expect(blobs.published(1)).toBeUndefined();
  const publication = { metrics: { accuracy: 0.5 } } as never;
  expect(blobs.publish(1, { blob: blob("a", 5), publication, batch })).toBe(5);
  expect(blobs.published(1)).toEqual({ metrics: { accuracy: 0.5 }, blob: blob("a", 5) });
  expect(blobs.publish(1, { blob: blob("b", 7), publication: undefined, batch })).toBe(2);
  expect([blobs.published(1), freed()]).toEqual([{ metrics: {}, blob: blob("b", 7) }, ["a"]]);
});

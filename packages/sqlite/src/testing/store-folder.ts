// A store in a folder of its own, and short ways to fill it.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import type { RunFact } from "@deepaas/core";
import type { Holder, LogAppend, NewRun, RunStore } from "@deepaas/core/ports";
import { onTestFinished } from "vitest";
import { openDatabase } from "../database.ts";
import { SqliteStore } from "../sqlite-store.ts";
import { checkStoreOptions, type SqliteStoreOptions } from "../store-options.ts";

export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "deepaas-sqlite-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface OpenedStore {
  readonly store: RunStore;
  /** The store's own connection. */
  readonly db: DatabaseSync;
  readonly path: string;
}

export interface OpenOptions extends Partial<SqliteStoreOptions> {
  readonly holder?: Partial<Holder>;
}

/** In `path`, by default that of a new folder. Closed after the test. */
export async function openStore({ holder, ...options }: OpenOptions = {}): Promise<OpenedStore> {
  const settings = checkStoreOptions({ path: join(newFolder(), "runs.sqlite"), ...options });
  let db: DatabaseSync | undefined;
  const store = new SqliteStore(settings, (path) => {
    db = openDatabase(path);
    return db;
  });
  await store.open({ id: "test", ...holder });
  onTestFinished(() => store.close());
  return { store, db: db as DatabaseSync, path: settings.path };
}

export function newRun(id: string, more: Partial<NewRun> = {}): NewRun {
  return { id, model: "m", args: {}, private: { secrets: {}, files: {} }, fingerprint: "f", ...more };
}

export async function startRun(store: RunStore, id: string, more: Partial<NewRun> = {}): Promise<void> {
  await store.create(newRun(id, more));
  await store.claim(id);
}

export const fact = (one: RunFact): readonly LogAppend[] => [{ fact: one }];
export const line = (text: string): readonly LogAppend[] => fact({ type: "log", level: "info", text });
export const succeeded = fact({ type: "succeeded", result: null });

/** The file may not grow from now on. Gives what makes it so again. */
export function fillDisk(db: DatabaseSync): () => void {
  const { page_count: pages } = db.prepare("PRAGMA page_count").get() as { page_count: number };
  db.exec(`PRAGMA max_page_count = ${pages}`);
  return () => db.exec("PRAGMA max_page_count = 1000000");
}

/** The names of the files of `folder`, and below it, that hold `text`. */
export function filesWith(folder: string, text: string): readonly string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((path) => readFileSync(path).includes(text));
}

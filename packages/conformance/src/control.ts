// Controls a fixture model from a test through a folder, whose path is an argument of the model. This works through every
// adapter and in other processes.
import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** The test's side. */
export interface Control {
  /** The value of the model's argument `control`. */
  readonly id: string;
  /** Opens a gate: a model that waits at it, now or later, goes on. */
  open(gate: string): Promise<void>;
  /** Returns the notes that models wrote under `name`, in order. */
  notes(name: string): Promise<readonly string[]>;
  /** Returns the same as soon as there are `count` of them. Default 1. */
  waitForNotes(name: string, count?: number): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** The model's side. */
export interface Controlled {
  note(name: string, text?: string): Promise<void>;
  /** Resolves when the gate is open. Rejects with the reason of the signal if it is aborted before. */
  gate(name: string, signal?: AbortSignal): Promise<void>;
}

const pollMs = 2;

export async function createControl(): Promise<Control> {
  const id = await mkdtemp(join(tmpdir(), "deepaas-control-"));
  const notes = async (name: string) => (await textOf(join(id, `note-${name}`))).split("\n").slice(0, -1);
  return {
    id,
    open: (gate) => writeFile(join(id, `gate-${gate}`), "open"),
    notes,
    async waitForNotes(name, count = 1) {
      for (;;) {
        const found = await notes(name);
        if (found.length >= count) return found;
        await sleep(pollMs);
      }
    },
    close: () => rm(id, { recursive: true, force: true }),
  };
}

/** With an empty id the model passes every gate and writes no notes. */
export function controlledBy(id: string): Controlled {
  return {
    async note(name, text = "") {
      if (id === "") return;
      // The folder may have been removed: a test does not wait for every model.
      await appendFile(join(id, `note-${name}`), `${text}\n`).catch(() => {});
    },
    async gate(name, signal) {
      while (id !== "" && (await textOf(join(id, `gate-${name}`))) === "") {
        await sleep(pollMs, undefined, signal && { signal }).catch(() => {});
        signal?.throwIfAborted();
      }
    },
  };
}

async function textOf(path: string): Promise<string> {
  return readFile(path, "utf8").catch(() => "");
}

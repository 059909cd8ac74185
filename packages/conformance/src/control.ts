// How a test steers a fixture model and sees what it did, wherever the model runs: a folder on this machine, whose
// path is a plain argument. It works through any door, and in a child process as well as in this one.
import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** The test's end. */
export interface Control {
  /** What the model takes as its argument `control`. */
  readonly id: string;
  /** Lets whoever waits at `gate`, now or later, go on. */
  open(gate: string): Promise<void>;
  /** What the model noted under `name`, in order. */
  notes(name: string): Promise<readonly string[]>;
  /** The same, as soon as there are `count` of them. */
  noted(name: string, count?: number): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** The model's end. */
export interface Controlled {
  note(name: string, text?: string): Promise<void>;
  /** Resolves when the gate is open; rejects with the signal's reason when that is aborted before. */
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
    async noted(name, count = 1) {
      for (;;) {
        const found = await notes(name);
        if (found.length >= count) return found;
        await sleep(pollMs);
      }
    },
    close: () => rm(id, { recursive: true, force: true }),
  };
}

/** Nothing happens without an id: a model that is not steered passes every gate. */
export function controlledBy(id: string): Controlled {
  return {
    async note(name, text = "") {
      if (id === "") return;
      // The test may be over, and its folder gone, before a model that nobody waits for.
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

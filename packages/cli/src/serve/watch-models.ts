// Reloads the models when their files change. The files are read at an interval: a notification of the system is lost when
// an editor replaces a file, when a symbolic link changes, and in mounted folders.
import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { errorText, type Host, type Logger, sleep } from "@deepaas/core";
import type { Workers } from "@deepaas/workers";

export interface WatchOptions {
  readonly host: Pick<Host, "reloadCode">;
  /** What the models were loaded from by the last start or reload, also if it failed. */
  readonly files: Workers["files"];
  readonly logger: Logger;
  /** A change is reloaded once the files are the same in two readings. Default 200. */
  readonly intervalMs?: number;
}

/** Starts to watch. The returned function ends it, with a reload that is under way. */
export function watchModels(options: WatchOptions): () => Promise<void> {
  const stop = new AbortController();
  const watching = new ModelWatcher(options).run(stop.signal);
  return () => {
    stop.abort();
    return watching;
  };
}

/** Path to the hash of the content; empty for a file that is missing. */
type Contents = ReadonlyMap<string, string>;

/** So many readings a file may be missing, while an editor replaces it. */
const patientReadings = 5;
/** A file that was written just now may be written again without a new time. */
const settledMs = 2_000;

class ModelWatcher {
  readonly #options: Required<WatchOptions>;
  /** Stamp and hash of each file, so that only files with another time or size are read. */
  readonly #hashes = new Map<string, { readonly stamp: string; readonly hash: string }>();
  /** By model: the files that are watched. */
  #watched: ReturnType<Workers["files"]>;
  /** What is loaded: by the last reload that was not ended early, also if it failed. */
  #loaded: Contents;
  /** What the reload that is under way began with. */
  #loading: Contents | undefined;
  /** The previous reading, if it is a change. */
  #changed: Contents | undefined;
  #readingsWithMissing = 0;

  constructor(options: WatchOptions) {
    this.#options = { intervalMs: 200, ...options };
    this.#watched = options.files();
    this.#loaded = contentsOf(this.#watched);
  }

  async run(signal: AbortSignal): Promise<void> {
    let abort = new AbortController();
    let reloading = Promise.resolve();
    while (!signal.aborted) {
      await sleep(this.#options.intervalMs, signal);
      if (signal.aborted) break;
      const changed = await this.#change();
      if (!changed) continue;
      if (this.#loading) {
        // What it loads is out of date. The next readings show what is to be loaded.
        abort.abort();
        await reloading;
      } else {
        abort = new AbortController();
        reloading = this.#reload(changed, abort.signal);
      }
    }
    abort.abort();
    await reloading;
  }

  /** Returns a change that nobody is writing any more. */
  async #change(): Promise<Contents | undefined> {
    const now = await this.#read();
    const before = this.#changed;
    const known = this.#loading ?? this.#loaded;
    this.#changed = isSame(now, known) ? undefined : now;
    if (!this.#changed || !before || !isSame(now, before)) {
      this.#readingsWithMissing = 0;
      return undefined;
    }
    const isMissing = [...now].some(([path, hash]) => hash === "" && known.get(path) !== "");
    this.#readingsWithMissing = isMissing ? this.#readingsWithMissing + 1 : 0;
    return isMissing && this.#readingsWithMissing < patientReadings ? undefined : now;
  }

  /** Never rejects. */
  async #reload(now: Contents, signal: AbortSignal): Promise<void> {
    const { host, files, logger } = this.#options;
    const names = this.#modelsThatDiffer(now);
    this.#loading = now;
    this.#changed = undefined;
    const startedAt = performance.now();
    try {
      await host.reloadCode({ signal });
      this.#watched = files();
      this.#loaded = contentsOf(this.#watched);
      const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
      logger.info({ models: names }, `reloaded ${names.join(", ")} (${seconds} s)`);
    } catch (error) {
      // It may not know all files: what was watched before still is.
      const loaded = files();
      this.#watched = merged(this.#watched, loaded);
      if (signal.aborted) {
        this.#loaded = new Map([...contentsOf(loaded), ...this.#loaded]);
        return;
      }
      this.#loaded = new Map([...now, ...contentsOf(loaded)]);
      const [are, they] = names.length === 1 ? ["was", "it"] : ["were", "they"];
      const text = `${names.join(", ")} ${are} changed, but ${they} cannot be served: ${errorText(error)}`;
      logger.error({ models: names }, `${text}; the version before goes on`);
    } finally {
      this.#loading = undefined;
    }
  }

  #modelsThatDiffer(now: Contents): readonly string[] {
    const models = Object.entries(this.#watched);
    const changed = models.filter(([, files]) =>
      Object.keys(files).some((one) => now.get(one) !== this.#loaded.get(one)),
    );
    return changed.map(([model]) => model);
  }

  async #read(): Promise<Contents> {
    const paths = [...new Set(Object.values(this.#watched).flatMap((files) => Object.keys(files)))];
    return new Map(await Promise.all(paths.map(async (path) => [path, await this.#hashOf(path)] as const)));
  }

  async #hashOf(path: string): Promise<string> {
    const known = this.#hashes.get(path);
    try {
      const { ino, size, mtimeMs } = await stat(path);
      const stamp = `${ino} ${size} ${mtimeMs}`;
      if (known?.stamp === stamp) return known.hash;
      const hash = createHash("sha256")
        .update(await readFile(path))
        .digest("hex");
      const isSettled = Math.abs(Date.now() - mtimeMs) > settledMs;
      if (isSettled) this.#hashes.set(path, { stamp, hash });
      return hash;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ENOENT" || code === "ENOTDIR" || code === "EISDIR") return "";
      // It cannot be read for another reason, such as too many open files: that is not a change of it.
      return this.#loaded.get(path) ?? "";
    }
  }
}

function contentsOf(watched: ReturnType<Workers["files"]>): Contents {
  return new Map(Object.values(watched).flatMap((files) => Object.entries(files)));
}

function isSame(a: Contents, b: Contents): boolean {
  return a.size === b.size && [...a].every(([path, hash]) => b.get(path) === hash);
}

function merged(before: ReturnType<Workers["files"]>, after: ReturnType<Workers["files"]>): typeof before {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return Object.fromEntries(names.map((name) => [name, { ...before[name], ...after[name] }]));
}

// Files on disk that change, and the reloads that follow.

import { createHash } from "node:crypto";
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { watchModels } from "./watch-models.ts";

type Reload = (signal: AbortSignal) => Promise<void>;

/** Watches `m.js` of the model m, and `shared.js` of the models m and n, in a folder of its own. */
function open({ reload = async () => {}, names = ["m.js"] }: { reload?: Reload; names?: readonly string[] } = {}) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "deepaas-watch-")));
  const pathOf = (name: string) => join(folder, name);
  const write = (name: string, text: string) => writeFileSync(pathOf(name), text);
  for (const name of [...names, "shared.js"]) write(name, "0");
  const hashOf = (path: string) =>
    existsSync(path) ? createHash("sha256").update(readFileSync(path)).digest("hex") : "";
  const list = (...paths: readonly string[]) =>
    Object.fromEntries(paths.map((name) => [pathOf(name), hashOf(pathOf(name))]));
  const lines: string[] = [];
  const log = (_fields: object, text: string) => void lines.push(text.replace(/\(\d+\.\d s\)/, "(… s)"));
  const state = { reloads: 0, files: () => ({ m: list(...names, "shared.js"), n: list("shared.js") }) };
  let files = state.files();
  const close = watchModels({
    host: {
      async reloadCode({ signal } = {}) {
        state.reloads++;
        files = state.files();
        await reload(signal as AbortSignal);
      },
    },
    files: () => files,
    logger: { debug: log, info: log, warn: log, error: log },
    intervalMs: 1,
  });
  return {
    folder,
    pathOf,
    write,
    lines,
    state,
    until: (seen: () => boolean) => vi.waitUntil(seen, { timeout: 15_000, interval: 1 }),
    async [Symbol.asyncDispose]() {
      await close();
      rmSync(folder, { recursive: true });
    },
  };
}

test("a change is reloaded, and the line names the models that consist of the file", async () => {
  await using watched = open();
  const { write, lines, state, until } = watched;
  write("m.js", "1");
  await until(() => lines.length === 1);
  write("shared.js", "1");
  await until(() => lines.length === 2);
  expect(lines).toEqual(["reloaded m (… s)", "reloaded m, n (… s)"]);
  expect(state.reloads).toBe(2);
});

test("a change that cannot be served is told, and the next one is reloaded", async () => {
  const errors = [new Error("m.js:3: syntax error\n at x"), new Error("no weights"), undefined];
  await using watched = open({
    reload: async () => {
      const error = errors.shift();
      if (error) throw error;
    },
  });
  const { write, lines, until } = watched;
  for (const [i, name] of ["m.js", "shared.js", "m.js"].entries()) {
    write(name, `${i} changed`);
    await until(() => lines.length === i + 1);
  }
  expect(lines).toEqual([
    "m was changed, but it cannot be served: m.js:3: syntax error; the version before goes on",
    "m, n were changed, but they cannot be served: no weights; the version before goes on",
    "reloaded m (… s)",
  ]);
});

test("a change during a reload ends it, and is reloaded", async () => {
  let begun = 0;
  await using watched = open({
    reload: (signal) => {
      if (++begun > 1) return Promise.resolve();
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("ended"))));
    },
  });
  const { write, lines, until } = watched;
  write("m.js", "1");
  await until(() => begun === 1);
  write("m.js", "2");
  await until(() => lines.length === 1);
  expect(lines).toEqual(["reloaded m (… s)"]);
  expect(begun).toBe(2);
});

test("a file that is replaced by another one with the same content is not reloaded", async () => {
  await using watched = open();
  const { write, pathOf, lines, state, until } = watched;
  write("copy", "0");
  renameSync(pathOf("copy"), pathOf("m.js"));
  write("shared.js", "1");
  await until(() => lines.length === 1);
  expect(lines).toEqual(["reloaded m, n (… s)"]);
  expect(state.reloads).toBe(1);
});

test("a symbolic link that leads to another file is a change, and so is another content of that file", async () => {
  await using watched = open({ names: ["v1.js"] });
  const { write, pathOf, lines, state, until, folder } = watched;
  write("v2.js", "other");
  symlinkSync("v1.js", pathOf("link.js"));
  const before = state.files;
  state.files = () => ({
    ...before(),
    n: {
      [pathOf("link.js")]: createHash("sha256")
        .update(readFileSync(join(folder, "link.js")))
        .digest("hex"),
    },
  });
  // From now on the link is watched.
  write("v1.js", "1");
  await until(() => lines.length === 1);
  unlinkSync(pathOf("link.js"));
  symlinkSync("v2.js", pathOf("link.js"));
  await until(() => lines.length === 2);
  write("v2.js", "changed");
  await until(() => lines.length === 3);
  expect(lines.slice(1)).toEqual(["reloaded n (… s)", "reloaded n (… s)"]);
});

test("a file that stays away is a change; one that comes back is none", async () => {
  await using watched = open();
  const { write, pathOf, lines, state, until } = watched;
  unlinkSync(pathOf("m.js"));
  await until(() => lines.length === 1);
  write("m.js", "1");
  await until(() => lines.length === 2);
  expect(state.reloads).toBe(2);
});

test("a file that was missing when it was imported is watched", async () => {
  await using watched = open({ names: ["m.js", "missing.js"] });
  const { write, pathOf, lines, until } = watched;
  unlinkSync(pathOf("missing.js"));
  await until(() => lines.length === 1);
  write("missing.js", "1");
  await until(() => lines.length === 2);
});

test("ending it ends a reload that is under way, without a line", async () => {
  const begun = Promise.withResolvers<void>();
  const watched = open({
    reload: (signal) => {
      begun.resolve();
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("ended"))));
    },
  });
  watched.write("m.js", "1");
  await begun.promise;
  await watched[Symbol.asyncDispose]();
  expect(watched.lines).toEqual([]);
});

// The interactive commands on a pseudo-terminal: the bar, CTRL-C, another size, colours.
import { stripVTControlCharacters } from "node:util";
import { spawn } from "@lydell/node-pty";
import { afterAll, expect, test } from "vitest";
import { bin, deepaasEnv } from "./support/deepaas.ts";
import { tempFolder } from "./support/temp-folder.ts";
import { toolModel } from "./support/tool-model.ts";

const folder = tempFolder({ "tool.mjs": toolModel });
afterAll(() => folder[Symbol.dispose]());

interface Terminal {
  /** Everything that was written to it. */
  readonly text: () => string;
  /** Resolves when `pattern` is written after the last one that was awaited. */
  until(pattern: RegExp): Promise<void>;
  write(keys: string): void;
  resize(columns: number): void;
  /** The exit code. */
  readonly ended: Promise<number>;
}

function terminal(args: readonly string[], env: NodeJS.ProcessEnv = {}): Terminal {
  const child = spawn(process.execPath, [bin, ...args], {
    cols: 100,
    rows: 30,
    cwd: folder.path,
    env: { ...terminalEnv(), ...env },
  });
  let text = "";
  let seen = 0;
  let look = () => {};
  child.onData((data) => {
    text += data;
    look();
  });
  const ended = new Promise<number>((resolve) => child.onExit(({ exitCode }) => resolve(exitCode)));
  return {
    text: () => text,
    until: (pattern) =>
      new Promise((resolve, reject) => {
        look = () => {
          const found = pattern.exec(stripVTControlCharacters(text.slice(seen)));
          if (!found) return;
          seen = text.length;
          look = () => {};
          resolve();
        };
        look();
        void ended.then(() => reject(new Error(`ended without ${pattern}: ${stripVTControlCharacters(text)}`)));
      }),
    write: (keys) => child.write(keys),
    resize: (columns) => child.resize(columns, 30),
    ended,
  };
}

/** That of the tests, as on a terminal. A variable that is undefined would become the text "undefined". */
function terminalEnv(): NodeJS.ProcessEnv {
  const { NO_COLOR: _none, FORCE_COLOR: _force, CI: _ci, ...env } = deepaasEnv();
  const set = Object.entries({ ...env, TERM: "xterm-256color" }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(set);
}

const train = (epochs: number, id: string) => ["train", "tool.mjs", "--epochs", String(epochs), "--run-id", id];
const ctrlC = "\x03";

test("a training has a bar, its step, the time left and the curve of its first metric, and ends with a summary", async () => {
  const { text, until, ended } = terminal(train(150, "bar"));
  await until(/█+░* \d+ % {2}\d+\/150 .*ETA \d:\d\d/);
  await until(/loss 0\.\d+ +[▁▂▃▄▅▆▇█]+/);
  expect(await ended).toBe(0);
  expect(stripVTControlCharacters(text())).toContain("run bar of tool succeeded in 0:");
  // A colour, and the cursor is shown again.
  expect(text()).toContain("\u001B[32m");
  expect(text().lastIndexOf("\u001B[?25h")).toBeGreaterThan(text().lastIndexOf("\u001B[?25l"));
});

test("NO_COLOR leaves the bar without colours", async () => {
  const { text, ended } = terminal(train(2, "plain"), { NO_COLOR: "1" });
  expect(await ended).toBe(0);
  expect(text()).toContain("█");
  for (const style of [1, 2, 31, 32, 33, 36]) expect(text()).not.toContain(`\u001B[${style}m`);
});

test("CTRL-C asks: no goes on, yes cancels and says where the checkpoint is", async () => {
  const { until, write, ended } = terminal(train(10_000, "asked"));
  await until(/\d+\/10,000/);
  write(ctrlC);
  await until(/Cancel the training\? \[y\/N\]/);
  write("n\r");
  await until(/\d+\/10,000/);
  write(ctrlC);
  await until(/Cancel the training\? \[y\/N\]/);
  write("y\r");
  await until(/the run asked was cancelled\r?\n +its last checkpoint, of step \d+, is kept with the run in \.deepaas/);
  expect(await ended).toBe(130);
});

test("a second CTRL-C cancels without an answer", async () => {
  const { until, write, ended } = terminal(train(10_000, "twice"));
  await until(/\d+\/10,000/);
  write(ctrlC);
  await until(/Cancel the training\?/);
  write(ctrlC);
  await until(/the run twice was cancelled/);
  expect(await ended).toBe(130);
});

test("a narrower terminal gets shorter lines", async () => {
  const { text, until, write, resize, ended } = terminal(train(10_000, "narrow"));
  await until(/\d+\/10,000/);
  const before = text().length;
  resize(40);
  await until(/\d+\/10,000/);
  await until(/\d+\/10,000/);
  const lines = stripVTControlCharacters(text().slice(before)).split(/\r?\n/);
  // The first frame may have been drawn for the former width.
  expect(Math.max(...lines.slice(-6).map(({ length }) => length))).toBeLessThanOrEqual(40);
  write(ctrlC);
  await until(/Cancel the training\?/);
  write("y\r");
  expect(await ended).toBe(130);
});

test("a terminal does not get binary data", async () => {
  const { until, ended } = terminal(["predict", "tool.mjs", "--n", "-1"]);
  await until(/which a terminal cannot show\r?\n +write it to a file with --output FILE/);
  expect(await ended).toBe(2);
});

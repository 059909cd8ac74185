// A model that harms its process in the way that its argument says. It imports nothing that loads slowly.
import { spawn } from "node:child_process";
import { pbkdf2Sync } from "node:crypto";
import { appendFileSync, existsSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

interface Args {
  readonly do: string;
  readonly note?: string;
  readonly load?: string;
}
interface Call {
  readonly signal: AbortSignal;
}

const text = { type: "string", required: false };
const fields = { do: { type: "string" }, note: text, load: text };
/** With one more argument if the file FAULTY_EXTRA exists. */
export function getPredictArgs() {
  const { FAULTY_EXTRA: mark } = process.env;
  return mark !== undefined && existsSync(mark) ? { ...fields, extra: text } : fields;
}
export const getTrainArgs = () => fields;

export function getMetadata() {
  return { pid: process.pid, env: process.env.FAULTY_ENV ?? null };
}

export async function warm(): Promise<void> {
  const { FAULTY_WARM: how = "", FAULTY_ONCE: once } = process.env;
  if (once !== undefined && existsSync(once)) return;
  if (once !== undefined) writeFileSync(once, "");
  if (how !== "") await act({ do: how }, { signal: new AbortController().signal });
}

export function close(): void {
  if (process.env.FAULTY_CLOSE === "die") process.kill(process.pid, "SIGKILL");
  if (process.env.FAULTY_CLOSE === "hang") for (;;);
}

export const predict = act;

export async function* predictStream(args: Args, call: Call) {
  yield 1;
  yield act(args, call);
}

export function train(args: Args, run: Call & { report(progress: object): void }): unknown {
  run.report({ step: 1 });
  return act(args, run);
}

async function act({ do: what, note }: Args, { signal }: Call): Promise<unknown> {
  if (note !== undefined && what !== "child") appendFileSync(note, `${what}\n`);
  switch (what) {
    case "answer":
      return { pid: process.pid };
    case "env":
      return process.env.FAULTY_ENV ?? null;
    case "heap":
      return process.execArgv;
    case "kill":
      process.kill(process.pid, "SIGKILL");
      return new Promise(() => {});
    case "segv":
      process.kill(process.pid, "SIGSEGV");
      return new Promise(() => {});
    case "exit":
      return process.exit(3);
    case "memory": {
      const held: string[][] = [];
      for (;;) held.push(Array.from({ length: 10_000 }, (_, i) => `${i}-${held.length}`));
    }
    case "grow":
      grown.push(Buffer.alloc(150 << 20, 1));
      return { pid: process.pid };
    case "grow-later":
      setTimeout(() => grown.push(Buffer.alloc(150 << 20, 1)), 20);
      return { pid: process.pid };
    case "grow-and-block":
      grown.push(Buffer.alloc(150 << 20, 1));
      return block();
    case "loop":
      for (;;);
    case "block":
      return block();
    case "native":
      // Hours of native work that JavaScript cannot interrupt.
      return pbkdf2Sync("", "", 2 ** 31 - 1, 64, "sha512").length;
    case "child": {
      const child = spawn("sleep", ["100000"], { stdio: "inherit" });
      appendFileSync(note as string, `${child.pid}`);
      return block();
    }
    case "child-and-answer": {
      const child = spawn("sleep", ["100000"], { stdio: "ignore" });
      child.unref();
      return { pid: child.pid };
    }
    case "reuse":
      setImmediate(() => reused.fill(2));
      return reused.fill(1);
    case "throw-later":
      setTimeout(() => {
        throw new Error("thrown in a timer");
      }, 1);
      return new Promise(() => {});
    case "spin":
      // Uses all CPU time until its signal is aborted.
      while (!signal.aborted) await new Promise(setImmediate);
      throw signal.reason;
    case "wait":
      return sleep(60_000, undefined, { signal });
    case "deaf":
      return new Promise(() => setInterval(() => {}, 1_000));
    case "reject":
      void Promise.reject(new Error("an unhandled rejection"));
      await sleep(1);
      return { pid: process.pid };
    case "garbage":
      process.stdout.write(Buffer.from(Array.from({ length: 5_000 }, (_, i) => (i * 7919) % 256)));
      process.stdout.write("\0\0\0\x02\0\0\0\0{}");
      return { pid: process.pid };
    case "print":
      console.log("one line\nand another");
      console.error("a complaint");
      process.stdout.write("no end");
      return null;
    case "print-later":
      setTimeout(() => console.log("long after the call"), 1);
      return null;
    case "chatter":
      for (let i = 0; i < 1_000; i++) console.log(`line ${i}`);
      return null;
    case "throw":
      throw new Proxy(() => {}, unreadable);
    case "break-the-pipe":
      (await import("node:fs")).writeSync(4, "this is not a frame");
      return new Promise(() => {});
    default:
      throw new Error(`Unknown action ${what}.`);
  }
}

const grown: Buffer[] = [];
const reused = Buffer.alloc(1 << 20);

function block(): null {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  return null;
}

const refuse = () => {
  throw new Error("It cannot be read.");
};
const unreadable = { get: refuse, has: refuse, getPrototypeOf: refuse, ownKeys: refuse };

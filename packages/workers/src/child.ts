// A child process with the pipes of the protocol (PROTOCOL.md, "Pipes").
import { type ChildProcess, spawn } from "node:child_process";
import type { Duplex } from "node:stream";
import type { LossReason } from "@deepaas/core";
import { type Frame, frameReader } from "./frames.ts";

/** What is spawned as a worker. */
export interface Program {
  readonly command: string;
  /** The path of the shared folder follows. */
  readonly args: readonly string[];
  /** Added to the environment variables of this process. */
  readonly env: Readonly<Record<string, string>>;
  /** The working directory. Default: that of this process. */
  readonly cwd?: string;
}

export interface ChildEvents {
  onFrame(frame: Frame): void;
  /** The child wrote something else to the pipe for frames, or `onFrame` threw. */
  onInvalidFrame(): void;
  onStdout(chunk: Buffer): void;
  onStderr(chunk: Buffer): void;
  onMemory(rssBytes: number): void;
  /** Called once: the process has exited, and everything that it wrote has been read. */
  onExit(reason: string, loss: LossReason): void;
}

export interface Child {
  readonly pid: number;
  /** `later`: with the frames that follow in this turn of the event loop. */
  write(frame: Buffer, options?: { readonly later?: boolean }): void;
  /** SIGKILL, also for the processes that it started. */
  kill(): void;
  closePipes(): void;
}

/** `folder`: path of the shared folder. */
export function spawnChild({ command, args, env, cwd }: Program, folder: string, events: ChildEvents): Child {
  const child = spawn(command, [...args, folder], {
    stdio: ["ignore", "pipe", "pipe", "pipe", "pipe", "pipe"],
    env: { ...process.env, ...env },
    ...(cwd !== undefined && { cwd }),
    // The leader of its own process group, so that what a model starts is killed with it.
    detached: process.platform !== "win32",
    windowsHide: true,
  });
  const pipes = child.stdio as unknown as readonly (Duplex | null)[];
  // The exit of the process tells more than a broken pipe.
  for (const pipe of pipes) pipe?.on("error", () => {});
  readPipes(pipes, events);
  const kill = () => killGroup(child);
  watchExit(child, kill, events.onExit);
  return {
    pid: child.pid ?? 0,
    write: frameWriter(pipes[3] as Duplex),
    kill,
    closePipes() {
      for (const pipe of pipes) pipe?.destroy();
    },
  };
}

/** Frames that are ready together go out in one write. */
function frameWriter(pipe: Duplex): Child["write"] {
  let waiting: Buffer[] = [];
  const flush = () => {
    const frames = waiting;
    waiting = [];
    if (frames.length > 0) pipe.write(frames.length === 1 ? frames[0] : Buffer.concat(frames));
  };
  return (frame, { later = false } = {}) => {
    waiting.push(frame);
    if (!later) flush();
    else if (waiting.length === 1) setImmediate(flush);
  };
}

function readPipes([, stdout, stderr, , frames, lifeline]: readonly (Duplex | null)[], events: ChildEvents): void {
  const read = frameReader(events.onFrame);
  frames?.on("data", (chunk: Buffer) => {
    try {
      read(chunk);
    } catch {
      events.onInvalidFrame();
    }
  });
  stdout?.on("data", events.onStdout);
  stderr?.on("data", events.onStderr);
  lifeline?.on("data", (chunk: Buffer) => {
    const [last] = chunk.toString().trimEnd().split("\n").reverse();
    events.onMemory(Number(last));
  });
}

function watchExit(child: ChildProcess, kill: () => void, onExit: ChildEvents["onExit"]): void {
  let exited = false;
  const exit = (reason: string, loss: LossReason) => {
    if (exited) return;
    exited = true;
    onExit(reason, loss);
  };
  child.once("error", (error) => exit(`could not be spawned: ${error.message}`, "not_started"));
  child.once("exit", (code, signal) => {
    const reason = signal === null ? `exited with code ${code}` : `killed by ${signal}`;
    kill();
    const loss = signal === null ? "exited" : "signal";
    child.once("close", () => exit(reason, loss));
    // A process that the model started may still hold the pipes open.
    setTimeout(exit, 500, reason, loss).unref();
  });
}

function killGroup(child: ChildProcess): void {
  // Without a process, -pid would be the group of this process.
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    child.kill("SIGKILL");
  }
}

// A server of another project as a child of this process.
import type { ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";

export interface ServerProcess {
  /** Ends it at once, as a crash does. */
  stop(): Promise<void>;
  /** Resolves when it is ready. Rejects if it ends before. */
  start(): Promise<void>;
  /** As `stop`, for the last time. */
  close(): Promise<void>;
}

export interface Launch {
  /** For error messages. */
  readonly name: string;
  readonly signal: NodeJS.Signals;
  readonly launch: () => ChildProcess;
  readonly isReady: () => Promise<boolean>;
}

/** Starts nothing yet. The server ends with this process at the latest. */
export function serverProcess({ name, signal, launch, isReady }: Launch): ServerProcess {
  let child: ChildProcess | undefined;
  const kill = () => void child?.kill(signal);
  process.once("exit", kill);
  const stop = async () => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child?.once("exit", resolve));
    kill();
    await ended;
  };
  return {
    stop,
    async start() {
      const started = launch();
      child = started;
      while (!(await isReady())) {
        if (started.exitCode !== null) throw new Error(`${name} ended with code ${started.exitCode}.`);
        await sleep(20);
      }
    },
    async close() {
      process.off("exit", kill);
      await stop();
    },
  };
}

// In the place of a `WorkerProcess`: records what is sent to it, and answers when the test says so.
import type { ErrorData } from "@deepaas/core";
import type { FromWorker, ToWorker } from "../messages.ts";
import type { PendingCall, WorkerProcess } from "../process.ts";

export interface RecordingWorker {
  readonly worker: WorkerProcess;
  readonly sent: readonly ToWorker[];
  /** Why it was killed. */
  readonly killed: readonly string[];
  /** Number of calls that were not removed. */
  readonly callCount: () => number;
  /** Passes a message of the worker to the call in flight. */
  answer(message: FromWorker): void;
  /** The call in flight is lost with its worker. */
  lose(error: ErrorData): void;
}

/** `send`: returns the paths of the files that were written for a message. Default: none. */
export function recordingWorker(send: WorkerProcess["send"] = () => []): RecordingWorker {
  const sent: ToWorker[] = [];
  const killed: string[] = [];
  const calls = new Set<number>();
  let pending: PendingCall | undefined;
  const worker = {
    runIds: new Set<string>(),
    addCall(call: PendingCall) {
      pending = call;
      calls.add(1);
      return 1;
    },
    removeCall: (id: number) => void calls.delete(id),
    send(message: ToWorker) {
      sent.push(message);
      return send(message);
    },
    sendPlain: (message: ToWorker) => void sent.push(message),
    kill: (reason: string) => void killed.push(reason),
  };
  return {
    worker: worker as unknown as WorkerProcess,
    sent,
    killed,
    callCount: () => calls.size,
    answer: (message) => pending?.onMessage(message),
    lose: (error) => pending?.onLost(error),
  };
}

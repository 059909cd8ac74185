// In the place of a `WorkerProcess`: records what is sent to it, and answers when the test says so.
import type { FromWorker, ToWorker } from "../messages.ts";
import type { PendingCall, WorkerProcess } from "../process.ts";

export interface RecordingWorker {
  readonly worker: WorkerProcess;
  readonly sent: readonly ToWorker[];
  /** Passes a message of the worker to the call in flight. */
  answer(message: FromWorker): void;
}

export function recordingWorker(): RecordingWorker {
  const sent: ToWorker[] = [];
  let pending: PendingCall | undefined;
  const worker = {
    addCall(call: PendingCall) {
      pending = call;
      return 1;
    },
    removeCall() {},
    send(message: ToWorker) {
      sent.push(message);
      return [];
    },
    sendPlain: (message: ToWorker) => void sent.push(message),
    kill() {},
  };
  return {
    worker: worker as unknown as WorkerProcess,
    sent,
    answer: (message) => pending?.onMessage(message),
  };
}

// One call after the other: what is sent, and what has come back.
import { DeepaasError, isModelFile, type JsonValue } from "@deepaas/core";
import { type Signal, signal } from "@preact/signals";
import { type FormState, leaveOut, readForm, showIssues } from "../form/form-state.ts";
import { resultSummary } from "../result/shape.ts";
import { sentenceOf, serverUrl, service, uploads } from "../service/connection.ts";
import { type CallRecord, keepCalls, readCalls } from "./call-history.ts";
import { newRequestId } from "./request-id.ts";
import { filesOfArgs } from "./request-text.ts";

export interface CallState {
  readonly is: "none" | "busy" | "done";
  readonly value?: JsonValue | Blob;
  /** Of a stream. */
  readonly items?: readonly JsonValue[];
  /** How much of the files is sent, between 0 and 1. */
  readonly sent?: number;
  readonly error?: unknown;
  readonly requestId?: string;
  readonly ms?: number;
  readonly version?: number;
}

export interface Caller {
  readonly state: Signal<CallState>;
  readonly records: Signal<readonly CallRecord[]>;
  readonly call: (args: Readonly<Record<string, unknown>>, options: { readonly stream: boolean }) => Promise<void>;
  readonly cancel: () => void;
  readonly setRecords: (records: readonly CallRecord[]) => void;
}

export function createCaller(model: string, form: FormState): Caller {
  const state = signal<CallState>({ is: "none" });
  const key = `deepaas-calls ${serverUrl} ${model}`;
  const records = signal(readCalls(key));
  const setRecords = (all: readonly CallRecord[]) => {
    records.value = keepCalls(key, all);
  };
  let controller = new AbortController();

  const call: Caller["call"] = async (args, { stream }) => {
    controller = new AbortController();
    const requestId = newRequestId();
    const begun = performance.now();
    const change = (more: Partial<CallState>) => {
      state.value = { ...state.value, ...more };
    };
    const options = {
      requestId,
      signal: controller.signal,
      onVersion: (version: number) => change({ version }),
      onUploadProgress: ({ bytes, total = 0 }: { readonly bytes: number; readonly total?: number }) =>
        change({ sent: total && bytes / total }),
    };
    const kept = {
      at: Date.now(),
      args: readForm(form, leaveOut).args,
      files: filesOfArgs(args).map(({ file }) => file.name),
    };
    state.value = { is: "busy", requestId };
    let end: Partial<CallState>;
    let summary: string;
    const items: JsonValue[] = [];
    try {
      if (stream) {
        let shown = 0;
        for await (const item of service.predictStream(model, args, options)) {
          items.push(item);
          // At most some twenty times a second: a fast stream must not stop the page.
          if (performance.now() - shown < 50) continue;
          shown = performance.now();
          change({ items: [...items] });
        }
        end = { items };
        summary = `${items.length} items`;
      } else {
        const result = await uploads.predict(model, args, options);
        // Only a file that is read can be shown, and downloaded later.
        const value = isModelFile(result)
          ? new File([await result.bytes()], result.originalFilename ?? "", { type: result.contentType })
          : result;
        end = { value };
        summary = value instanceof Blob ? value.type : resultSummary(value);
      }
    } catch (error) {
      end = { error, ...(items.length > 0 && { items }) };
      summary = sentenceOf(error);
      if (DeepaasError.is(error) && error.code === "invalid_args") showIssues(form, error.issues ?? []);
    }
    const ms = performance.now() - begun;
    const status = !("error" in end) ? "ok" : DeepaasError.is(end.error) ? end.error.code : "failed";
    change({ is: "done", ms, ...end });
    // Another tab may have added calls.
    const before = readCalls(key);
    setRecords([{ ...kept, status, summary, ms }, ...(before.length > 0 ? before : records.value)]);
  };
  return { state, records, call, setRecords, cancel: () => controller.abort() };
}

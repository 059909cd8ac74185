// One call after the other: what is sent, and what has come back.
import { DeepaasError, type JsonValue, type ObjectSchema } from "@deepaas/core";
import { type Signal, signal } from "@preact/signals";
import { shareableArgs } from "../form/form-args.ts";
import { type FormState, showIssues } from "../form/form-state.ts";
import { readResult } from "../result/result-view.tsx";
import { resultSummary } from "../result/shape.ts";
import { sentenceOf, service, uploads } from "../service/connection.ts";
import type { CallHistory, CallRecord } from "./call-history.ts";
import { newRequestId } from "./request-id.ts";
import { filesOfArgs } from "./request-text.ts";

export interface CallFacts {
  readonly requestId: string;
  readonly ms: number;
  /** Undefined if the server did not say. */
  readonly version: number | undefined;
}

export type CallState =
  | { readonly is: "none" }
  | {
      readonly is: "busy";
      readonly items: readonly JsonValue[] | undefined;
      readonly sent: number | undefined;
      readonly cancel: () => void;
    }
  | { readonly is: "done"; readonly value: JsonValue | Blob; readonly facts: CallFacts }
  | {
      readonly is: "streamed";
      readonly items: readonly JsonValue[];
      readonly facts: CallFacts;
      readonly error?: unknown;
    }
  | { readonly is: "failed"; readonly error: unknown; readonly facts: CallFacts };

export interface Caller {
  readonly state: Signal<CallState>;
  readonly records: Signal<readonly CallRecord[]>;
  readonly call: (args: Readonly<Record<string, unknown>>, options: { readonly stream: boolean }) => Promise<void>;
}

interface CallerParts {
  readonly model: string;
  readonly schema: ObjectSchema;
  readonly form: FormState;
  readonly history: CallHistory;
}

export function createCaller({ model, schema, form, history }: CallerParts): Caller {
  const state = signal<CallState>({ is: "none" });
  const records = signal(history.read());

  const keep = (args: Readonly<Record<string, unknown>>, outcome: Pick<CallRecord, "status" | "summary" | "ms">) => {
    const { files } = filesOfArgs(args);
    const names = files.map(({ filename }) => filename);
    records.value = history.add({ at: Date.now(), args: shareableArgs(schema, args), files: names, ...outcome });
  };

  const call: Caller["call"] = async (args, { stream }) => {
    if (state.value.is === "busy") return;
    const controller = new AbortController();
    const requestId = newRequestId();
    const begun = performance.now();
    let version: number | undefined;
    const facts = (): CallFacts => ({ requestId, version, ms: performance.now() - begun });
    const cancel = () => controller.abort();
    const options = {
      requestId,
      signal: controller.signal,
      onVersion: (one: number) => {
        version = one;
      },
    };
    state.value = { is: "busy", items: stream ? [] : undefined, sent: undefined, cancel };
    let items: JsonValue[] = [];
    try {
      if (stream) {
        let shown = 0;
        for await (const item of service.predictStream(model, args, options)) {
          items.push(item);
          // At most some twenty times a second: a fast stream must not stop the page.
          if (performance.now() - shown < 50) continue;
          shown = performance.now();
          state.value = { is: "busy", items: [...items], sent: undefined, cancel };
        }
        state.value = { is: "streamed", items, facts: facts() };
        keep(args, { status: "ok", summary: `${items.length} items`, ms: facts().ms });
        return;
      }
      const onUploadProgress = ({ bytes, total }: { readonly bytes: number; readonly total?: number }) => {
        if (state.value.is === "busy" && total) state.value = { ...state.value, sent: bytes / total };
      };
      const hasFiles = filesOfArgs(args).files.length > 0;
      const answer = await (hasFiles
        ? uploads.predict(model, args, { ...options, onUploadProgress })
        : service.predict(model, args, options));
      const value = await readResult(answer);
      const summary = value instanceof Blob ? value.type : resultSummary(value);
      state.value = { is: "done", value, facts: facts() };
      keep(args, { status: "ok", summary, ms: facts().ms });
    } catch (error) {
      state.value =
        items.length > 0 ? { is: "streamed", items, facts: facts(), error } : { is: "failed", error, facts: facts() };
      items = [];
      if (DeepaasError.is(error) && error.code === "invalid_args") showIssues(form, error.issues ?? []);
      const status = DeepaasError.is(error) ? error.code : "failed";
      keep(args, { status, summary: sentenceOf(error), ms: facts().ms });
    }
  };
  return { state, records, call };
}

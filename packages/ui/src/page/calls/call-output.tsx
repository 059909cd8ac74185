// What has come back from a call, or is on its way.
import { DeepaasError, type Issue, type JsonObject, type JsonValue } from "@deepaas/core";
import { useEffect, useRef } from "preact/hooks";
import { CopyButton } from "../parts/copy-button.tsx";
import { durationText } from "../parts/texts.ts";
import { ResultView, ValueView } from "../result/result-view.tsx";
import { itemSchema } from "../result/shape.ts";
import { sentenceOf } from "../service/connection.ts";
import type { CallFacts, CallState } from "./call-state.ts";

interface CallOutputProps {
  readonly state: CallState;
  readonly model: string;
  readonly response: JsonObject | null;
}

export function CallOutput({ state, model, response }: CallOutputProps) {
  const section = useRef<HTMLElement>(null);
  // On a narrow page it is below the form. After wrong arguments the form has the focus.
  const isRefused = state.is === "failed" && issuesOf(state.error).length > 0;
  useEffect(() => {
    if (state.is === "none" || isRefused) return;
    const show = () => {
      const top = section.current?.getBoundingClientRect().top ?? 0;
      if (top < 0 || top > innerHeight * 0.7) section.current?.scrollIntoView({ block: "start" });
    };
    const timer = setTimeout(show, state.is === "busy" ? 300 : 0);
    return () => clearTimeout(timer);
  }, [state.is]);
  return (
    <section ref={section} class="card stack" aria-labelledby="result-title" aria-busy={state.is === "busy"}>
      <h2 id="result-title">Result</h2>
      <div role="status" class="visually-hidden">
        {statusText(state)}
      </div>
      {state.is === "none" && <p class="soft">It appears here.</p>}
      {state.is === "busy" && <Busy {...state} />}
      {state.is === "busy" && state.items && <StreamItems items={state.items} response={response} />}
      {state.is === "done" && <ResultView value={state.value} schema={response} filename={`${model}-result`} />}
      {state.is === "streamed" && <StreamItems items={state.items} response={response} filename={`${model}-result`} />}
      {(state.is === "failed" || state.is === "streamed") && state.error !== undefined && (
        <CallError error={state.error} />
      )}
      {"facts" in state && <Facts facts={state.facts} />}
    </section>
  );
}

function statusText({ is }: CallState): string {
  if (is === "busy") return "The model is at work.";
  return is === "done" || is === "streamed" ? "The result is there." : "";
}

function Busy({ sent }: Extract<CallState, { is: "busy" }>) {
  if (sent !== undefined && sent < 1) {
    return (
      <div class="stack">
        <p class="soft">Sending the files: {Math.floor(sent * 100)} %</p>
        <progress class="progress" max={1} value={sent} aria-label="Sent" />
      </div>
    );
  }
  return (
    <div class="loading">
      <span />
      <span />
      <p class="soft">The model is at work…</p>
    </div>
  );
}

const mostShown = 500;

interface StreamItemsProps {
  readonly items: readonly JsonValue[];
  readonly response: JsonObject | null;
  readonly filename?: string;
}

/** Texts follow each other as one text, anything else is a list. */
function StreamItems({ items, response, filename }: StreamItemsProps) {
  const isText = items.length > 0 && items.every((item) => typeof item === "string");
  const value = isText ? items.join("") : (items as JsonValue);
  if (filename !== undefined) return <ResultView value={value} schema={null} filename={filename} />;
  if (isText) return <pre class="text-preview">{items.join("")}</pre>;
  const first = Math.max(0, items.length - mostShown);
  return (
    <>
      <p class="small soft">{items.length === 1 ? "1 item" : `${items.length} items`} so far</p>
      <ol class="plain stack" start={first + 1}>
        {items.slice(first).map((item, i) => (
          <li key={first + i}>
            <ValueView value={item} schema={itemSchema(response) ?? response} depth={1} />
          </li>
        ))}
      </ol>
    </>
  );
}

/** Says what is wrong, and what to do. */
export function CallError({ error }: { readonly error: unknown }) {
  const code = DeepaasError.is(error) ? error.code : undefined;
  if (code === "cancelled") return <p class="note">The call was cancelled.</p>;
  const issues = issuesOf(error);
  const advice = code === undefined ? undefined : adviceFor(code);
  return (
    <div class="note bad" role="alert">
      <p>{issues.length > 0 ? "The arguments are not accepted: see the form." : sentenceOf(error)}</p>
      {advice !== undefined && issues.length === 0 && <p class="small">{advice}</p>}
    </div>
  );
}

function issuesOf(error: unknown): readonly Issue[] {
  return DeepaasError.is(error) ? (error.issues ?? []) : [];
}

function adviceFor(code: string): string | undefined {
  switch (code) {
    case "overloaded":
    case "rate_limited":
    case "unavailable":
      return "Try again in a moment.";
    case "deadline_exceeded":
      return "The model took longer than the server allows. Try it with less.";
    case "too_large":
      return "Send a smaller file or fewer arguments.";
    case "internal":
    case "worker_lost":
    case "invalid_response":
      return "The model failed. The log of the server has more about it, under the request id.";
    case "unauthenticated":
    case "permission_denied":
      return "Ask who runs the server for access.";
    default:
      return undefined;
  }
}

function Facts({ facts: { ms, version, requestId } }: { readonly facts: CallFacts }) {
  return (
    <dl class="facts result-facts">
      <dt>Time</dt>
      <dd class="number">{durationText(ms)}</dd>
      {version !== undefined && (
        <>
          <dt>Weights</dt>
          <dd>{version === 0 ? "version 0 (shipped)" : `version ${version}`}</dd>
        </>
      )}
      <dt>Request id</dt>
      <dd class="row">
        <code>{requestId}</code>
        <CopyButton text={requestId} />
      </dd>
    </dl>
  );
}

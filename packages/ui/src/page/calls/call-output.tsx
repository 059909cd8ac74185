// What has come back from a call, or is on its way.
import { DeepaasError, type JsonObject, type JsonValue } from "@deepaas/core";
import { useEffect, useRef } from "preact/hooks";
import { CopyButton } from "../parts/copy-button.tsx";
import { Facts } from "../parts/facts.tsx";
import { durationText } from "../parts/texts.ts";
import { ResultView, ShapeView } from "../result/result-view.tsx";
import { itemSchema, shapeOf } from "../result/shape.ts";
import { sentenceOf } from "../service/connection.ts";
import type { CallState } from "./call-state.ts";

interface CallOutputProps {
  readonly state: CallState;
  readonly model: string;
  readonly response: JsonObject | null;
}

export function CallOutput({ state, model, response }: CallOutputProps) {
  const { is, items, error, requestId = "", ms, version } = state;
  const section = useRef<HTMLElement>(null);
  useEffect(() => {
    // On a narrow page it is below the form. After wrong arguments the form has the focus.
    if (is !== "done" || hasIssues(error)) return;
    const top = section.current?.getBoundingClientRect().top ?? 0;
    if (top < 0 || top > innerHeight * 0.7) section.current?.scrollIntoView();
  }, [is]);
  const isText = items?.length && items.every((item) => typeof item === "string");
  // Texts follow each other as one text. Of other items the last ones are shown while they come.
  const shown = isText ? items.join("") : is === "busy" ? items?.slice(-50) : items;
  const value = state.value ?? (shown as JsonValue | undefined);
  const schema = items ? { items: itemSchema(response) ?? response } : response;
  return (
    <section ref={section} class="card stack" aria-labelledby="result-title" aria-busy={is === "busy"}>
      <h2 id="result-title">Result</h2>
      <div role="status" class="visually-hidden">
        {is === "busy" ? "The model is at work." : is === "done" && error === undefined ? "The result is there." : ""}
      </div>
      {is === "none" && <p class="soft">It appears here.</p>}
      {is === "busy" && <Busy sent={state.sent} />}
      {is === "done" && value !== undefined && (
        <ResultView value={value} schema={schema} filename={`${model}-result`} />
      )}
      {is === "busy" && shown !== undefined && <ShapeView shape={shapeOf(shown as JsonValue, schema)} />}
      {error !== undefined && <CallError error={error} />}
      {is === "done" && (
        <Facts
          of={[
            ["Time", ms && durationText(ms)],
            ["Weights", version === 0 ? "version 0 (shipped)" : version && `version ${version}`],
            [
              "Request id",
              <>
                <code>{requestId}</code> <CopyButton text={requestId} />
              </>,
            ],
          ]}
        />
      )}
    </section>
  );
}

/** `sent`: of the files, between 0 and 1. */
function Busy({ sent = 1 }: { readonly sent?: number | undefined }) {
  if (sent < 1) return <progress class="progress" max={1} value={sent} aria-label="Files that are sent" />;
  return (
    <div class="loading">
      <span />
      <span />
      <p class="soft">The model is at work…</p>
    </div>
  );
}

/** Says what is wrong, and what to do. */
export function CallError({ error }: { readonly error: unknown }) {
  const code = DeepaasError.is(error) ? error.code : "";
  if (code === "cancelled") return <p class="note">The call was cancelled.</p>;
  return (
    <div class="note bad" role="alert">
      <p>{hasIssues(error) ? "The arguments are not accepted: see the form." : sentenceOf(error)}</p>
      {["internal", "worker_lost", "invalid_response"].includes(code) && (
        <p class="small">The log of the server has more about it, under the request id.</p>
      )}
    </div>
  );
}

function hasIssues(error: unknown): boolean {
  return DeepaasError.is(error) && (error.issues ?? []).length > 0;
}

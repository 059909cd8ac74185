// Tries a model: its arguments, the call, and the result.
import type { JsonObject, ModelDescription } from "@deepaas/core";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { browserStorage, callHistory } from "../calls/call-history.ts";
import { CallOutput } from "../calls/call-output.tsx";
import { createCaller } from "../calls/call-state.ts";
import { HistoryPanel } from "../calls/history-panel.tsx";
import { RequestPanel } from "../calls/request-panel.tsx";
import { Form } from "../form/form.tsx";
import { shareableArgs } from "../form/form-args.ts";
import { argsOfLink, checkForm, createForm, type FormState, fillForm, readForm } from "../form/form-state.ts";
import { CopyButton } from "../parts/copy-button.tsx";
import { Empty } from "../parts/states.tsx";
import { Switch } from "../parts/switch.tsx";
import { showToast } from "../parts/toasts.tsx";
import { linkTo } from "../routing/router.ts";
import { serverUrl } from "../service/connection.ts";

export interface ModelViewProps {
  readonly description: ModelDescription;
  readonly query: URLSearchParams;
}

export function TryView({ description, query }: ModelViewProps) {
  const { predict, predictStream } = description.has;
  if (!predict && !predictStream) {
    return (
      <Empty title="This model cannot predict">
        <p>It has neither predict nor predictStream.</p>
      </Empty>
    );
  }
  const args = query.get("args") ?? "";
  return <TryModel key={`${description.metadata.servedAs} ${args}`} description={description} args={args} />;
}

function TryModel({ description, args }: { readonly description: ModelDescription; readonly args: string }) {
  const { metadata, predictArgs, response, has } = description;
  const model = metadata.servedAs;
  const { form, caller, history, badLink } = useMemo(() => {
    const given = args === "" ? {} : argsOfLink(predictArgs, args);
    const made = createForm(predictArgs, given);
    const kept = callHistory(browserStorage(), serverUrl, model);
    return {
      form: made,
      history: kept,
      badLink: given === undefined,
      caller: createCaller({ model, schema: predictArgs, form: made, history: kept }),
    };
  }, []);
  const [stream, setStream] = useState(!has.predict);
  const state = caller.state.value;
  const busy = state.is === "busy";
  const predictButton = useRef<HTMLButtonElement>(null);
  // Who leaves does not need the result any more.
  useEffect(() => () => caller.state.value.is === "busy" && caller.state.value.cancel(), []);
  const submit = () => {
    if (caller.state.value.is === "busy") return;
    const value = checkForm(form);
    if (value) void caller.call(value, { stream });
  };
  const clear = () => {
    const before = caller.records.value;
    history.write([]);
    caller.records.value = [];
    const undo = () => {
      history.write(before);
      caller.records.value = before;
    };
    showToast("The list of your calls was cleared.", { undo });
  };
  return (
    <div class="split try">
      <div class="stack">
        {badLink && <p class="note warn">The arguments in this link cannot be read: the form has the defaults.</p>}
        <div class="card">
          <Form form={form} label={`Arguments of ${model}`} onSubmit={submit}>
            <button ref={predictButton} type="submit" class="button primary" title="Ctrl+Enter" aria-disabled={busy}>
              {busy ? "Predicting…" : "Predict"}
            </button>
            {busy && (
              <button
                type="button"
                class="button danger"
                onClick={() => {
                  // The button goes with the call.
                  predictButton.current?.focus();
                  state.cancel();
                }}
              >
                Cancel
              </button>
            )}
            {has.predict && has.predictStream && (
              <span class="row small">
                <Switch id="stream" on={stream} onSwitch={setStream} />
                <label for="stream">Stream</label>
              </span>
            )}
            <ResetButton form={form} />
          </Form>
        </div>
        <RequestPanel form={form} schema={predictArgs} model={model} call={stream ? "predictStream" : "predict"} />
        <ShareLink form={form} path={["models", model]} />
      </div>
      <div class="stack">
        <CallOutput state={state} model={model} response={response} />
        <HistoryPanel
          records={caller.records.value}
          onClear={clear}
          onRestore={(restored, { files }) => {
            const text =
              files.length > 0 ? `Choose the files again: ${files.join(", ")}` : "The arguments are restored.";
            replaceArgs(form, restored, text);
          }}
        />
      </div>
    </div>
  );
}

/** Fills the form anew, with an undo. */
function replaceArgs(form: FormState, args: JsonObject, said: string): void {
  const { draft, json } = form;
  const before = [draft.value, json.value] as const;
  fillForm(form, args);
  const undo = () => {
    [draft.value, json.value] = before;
  };
  showToast(said, { undo });
}

export function ResetButton({ form }: { readonly form: FormState }) {
  const reset = () => replaceArgs(form, {}, "The form has its defaults again.");
  if (form.fields.length === 0) return null;
  return (
    <button type="button" class="button quiet small" onClick={reset}>
      Reset
    </button>
  );
}

interface ShareLinkProps {
  readonly form: FormState;
  readonly path: readonly string[];
}

/** Copies a link to this view with the present arguments. */
export function ShareLink({ form, path }: ShareLinkProps) {
  const { args } = readForm(form);
  const link = linkTo(path, { args: JSON.stringify(shareableArgs(form.schema, args)) });
  if (form.fields.length === 0) return null;
  return (
    <p class="row small soft">
      <CopyButton text={new URL(link, document.baseURI).href} label="Copy link" />
      with these arguments, without files and secrets
    </p>
  );
}

// Tries a model: its arguments, the call, and the result.
import type { ModelDescription } from "@deepaas/core";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { CallOutput } from "../calls/call-output.tsx";
import { createCaller } from "../calls/call-state.ts";
import { HistoryPanel } from "../calls/history-panel.tsx";
import { RequestPanel } from "../calls/request-panel.tsx";
import { Form } from "../form/form.tsx";
import { checkForm, createForm, type FormState, fillForm, leaveOut, readForm } from "../form/form-state.ts";
import { CopyButton } from "../parts/copy-button.tsx";
import { Empty } from "../parts/states.tsx";
import { Switch } from "../parts/switch.tsx";
import { showToast } from "../parts/toasts.tsx";
import { linkTo } from "../routing/router.ts";

export interface ModelViewProps {
  readonly description: ModelDescription;
  readonly query: URLSearchParams;
}

export function TryView({ description, query }: ModelViewProps) {
  const { predict, predictStream } = description.has;
  if (!predict && !predictStream) {
    return <Empty title="This model has neither predict nor predictStream" />;
  }
  return <TryModel key={`${description.metadata.servedAs} ${query}`} description={description} query={query} />;
}

function TryModel({ description: { metadata, predictArgs, response, has }, query }: ModelViewProps) {
  const model = metadata.servedAs;
  const { form, caller } = useMemo(() => {
    const made = createForm(predictArgs, query.get("args") ?? undefined);
    return { form: made, caller: createCaller(model, made) };
  }, []);
  const [stream, setStream] = useState(!has.predict);
  const state = caller.state.value;
  const busy = state.is === "busy";
  const predictButton = useRef<HTMLButtonElement>(null);
  // Who leaves does not need the result any more.
  useEffect(() => caller.cancel, []);
  const submit = () => {
    if (busy) return;
    const value = checkForm(form);
    if (value) void caller.call(value, { stream });
  };
  const clear = () => {
    const before = caller.records.value;
    caller.setRecords([]);
    showToast("The list of your calls was cleared.", { undo: () => caller.setRecords(before) });
  };
  return (
    <div class="split try">
      <div class="stack">
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
                  caller.cancel();
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
          </Form>
        </div>
        <RequestPanel form={form} model={model} call={stream ? "predictStream" : "predict"} />
        <FormTools form={form} path={["models", model]} />
      </div>
      <div class="stack">
        <CallOutput state={state} model={model} response={response} />
        <HistoryPanel
          records={caller.records.value}
          onClear={clear}
          onRestore={({ args = {}, files }) => {
            replaceArgs(
              form,
              args,
              files.length > 0 ? `Choose the files again: ${files.join(", ")}` : "The arguments are restored.",
            );
          }}
        />
      </div>
    </div>
  );
}

/** Fills the form anew, with an undo. */
function replaceArgs(form: FormState, args: Readonly<Record<string, unknown>>, said: string): void {
  const { draft, json } = form;
  const before = [draft.value, json.value] as const;
  fillForm(form, args);
  const undo = () => {
    [draft.value, json.value] = before;
  };
  showToast(said, { undo });
}

interface FormToolsProps {
  readonly form: FormState;
  readonly path: readonly string[];
}

/** Copies a link to this view with the present arguments, and sets them back. */
export function FormTools({ form, path }: FormToolsProps) {
  if (form.fields.length === 0) return null;
  const link = linkTo(path, { args: JSON.stringify(readForm(form, leaveOut).args) });
  return (
    <p class="row small soft">
      <CopyButton text={new URL(link, document.baseURI).href} label="Copy link" />
      with these arguments, without files and secrets
      <button
        type="button"
        class="button quiet small"
        onClick={() => replaceArgs(form, {}, "The form has its defaults again.")}
      >
        Reset
      </button>
    </p>
  );
}

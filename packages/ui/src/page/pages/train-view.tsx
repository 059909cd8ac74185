// Starts a training.
import { DeepaasError, isName, nameRules } from "@deepaas/core";
import { useMemo, useState } from "preact/hooks";
import { CallError } from "../calls/call-output.tsx";
import { newRequestId } from "../calls/request-id.ts";
import { RequestPanel } from "../calls/request-panel.tsx";
import { Form } from "../form/form.tsx";
import { checkForm, createForm, showIssues } from "../form/form-state.ts";
import { Empty } from "../parts/states.tsx";
import { goTo, linkTo } from "../routing/router.ts";
import { uploads } from "../service/connection.ts";
import { FormTools, type ModelViewProps } from "./try-view.tsx";

export function TrainView({ description, query }: ModelViewProps) {
  if (!description.has.train) {
    return (
      <Empty title="This model cannot be trained">
        <p>It has no method train.</p>
      </Empty>
    );
  }
  return <TrainModel key={`${description.metadata.servedAs} ${query}`} description={description} query={query} />;
}

function TrainModel({ description: { metadata, trainArgs }, query }: ModelViewProps) {
  const model = metadata.servedAs;
  const form = useMemo(() => createForm(trainArgs, query.get("args") ?? undefined), []);
  const [name, setName] = useState("");
  const [nameFault, setNameFault] = useState("");
  const [error, setError] = useState<unknown>();
  const [sent, setSent] = useState(1);
  const [busy, setBusy] = useState(false);
  const refuseName = (fault: string) => {
    setNameFault(fault);
    document.getElementById("run-name")?.focus();
  };

  const start = async () => {
    if (busy) return;
    setError(undefined);
    const value = checkForm(form);
    if (!value) return;
    if (name !== "" && !isName("run", name)) return refuseName(`Must be ${nameRules.run}.`);
    setBusy(true);
    try {
      const run = await uploads.train(model, value, {
        requestId: newRequestId(),
        ...(name !== "" && { runId: name }),
        onUploadProgress: ({ bytes, total = bytes }) => setSent(bytes / total),
      });
      goTo(linkTo(["runs", run.id]));
    } catch (failure) {
      const { code, issues = [] } = DeepaasError.is(failure) ? failure : {};
      if (code === "already_exists")
        refuseName("There is a run of this name with other arguments. Choose another name.");
      else setError(failure);
      if (code === "invalid_args") showIssues(form, issues);
    }
    setBusy(false);
    setSent(1);
  };

  return (
    <div class="stack narrow">
      <div class="card">
        <Form form={form} label={`Arguments of the training of ${model}`} onSubmit={() => void start()}>
          <div class="field full">
            <label for="run-name">
              <span class="field-label">Name of the run</span> <span class="soft small">optional</span>
            </label>
            <p class={nameFault === "" ? "field-help" : "field-fault"} id="run-name-note">
              {nameFault || `${nameRules.run}. Without one the run gets a number of its own.`}
            </p>
            <input
              id="run-name"
              class="input"
              autocomplete="off"
              spellcheck={false}
              maxLength={64}
              value={name}
              aria-invalid={nameFault === "" ? undefined : "true"}
              aria-describedby="run-name-note"
              onInput={({ currentTarget }) => {
                setName(currentTarget.value);
                setNameFault("");
              }}
            />
          </div>
          <button type="submit" class="button primary" aria-disabled={busy} title="Ctrl+Enter">
            {busy ? "Starting…" : "Start training"}
          </button>
        </Form>
      </div>
      {sent < 1 && <progress class="progress" max={1} value={sent} aria-label="Sent" />}
      {error !== undefined && <CallError error={error} />}
      <RequestPanel form={form} model={model} call="train" />
      <FormTools form={form} path={["models", model, "train"]} />
    </div>
  );
}

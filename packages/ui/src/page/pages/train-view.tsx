// Starts a training.
import { DeepaasError, isName, nameRules } from "@deepaas/core";
import { useMemo, useRef, useState } from "preact/hooks";
import { CallError } from "../calls/call-output.tsx";
import { newRequestId } from "../calls/request-id.ts";
import { RequestPanel } from "../calls/request-panel.tsx";
import { filesOfArgs } from "../calls/request-text.ts";
import { Form } from "../form/form.tsx";
import { argsOfLink, checkForm, createForm, showIssues } from "../form/form-state.ts";
import { Empty } from "../parts/states.tsx";
import { goTo, linkTo } from "../routing/router.ts";
import { service, uploads } from "../service/connection.ts";
import { type ModelViewProps, ResetButton, ShareLink } from "./try-view.tsx";

export function TrainView({ description, query }: ModelViewProps) {
  if (!description.has.train) {
    return (
      <Empty title="This model cannot be trained">
        <p>It has no method train.</p>
      </Empty>
    );
  }
  const args = query.get("args") ?? "";
  return <TrainModel key={`${description.metadata.servedAs} ${args}`} description={description} args={args} />;
}

interface TrainModelProps extends Pick<ModelViewProps, "description"> {
  readonly args: string;
}

function TrainModel({ description: { metadata, trainArgs }, args }: TrainModelProps) {
  const model = metadata.servedAs;
  const { form, badLink } = useMemo(() => {
    const given = args === "" ? {} : argsOfLink(trainArgs, args);
    return { form: createForm(trainArgs, given), badLink: given === undefined };
  }, []);
  const [name, setName] = useState("");
  const [nameFault, setNameFault] = useState<string>();
  const [error, setError] = useState<unknown>();
  const [sent, setSent] = useState<number>();
  const [busy, setBusy] = useState(false);
  const nameInput = useRef<HTMLInputElement>(null);
  const refuseName = (fault: string) => {
    setNameFault(fault);
    nameInput.current?.focus();
  };

  const start = async () => {
    if (busy) return;
    setError(undefined);
    const value = checkForm(form);
    if (!value) return;
    if (name !== "" && !isName("run", name)) {
      refuseName(`Must be ${nameRules.run}.`);
      return;
    }
    setBusy(true);
    try {
      const options = { requestId: newRequestId(), ...(name !== "" && { runId: name }) };
      const onUploadProgress = ({ bytes, total }: { readonly bytes: number; readonly total?: number }) =>
        setSent(total ? bytes / total : undefined);
      const run = await (filesOfArgs(value).files.length > 0
        ? uploads.train(model, value, { ...options, onUploadProgress })
        : service.train(model, value, options));
      goTo(linkTo(["runs", run.id]));
    } catch (failure) {
      const code = DeepaasError.is(failure) ? failure.code : undefined;
      if (code === "already_exists")
        refuseName("There is a run of this name with other arguments. Choose another name.");
      else {
        setError(failure);
        if (DeepaasError.is(failure) && code === "invalid_args") showIssues(form, failure.issues ?? []);
      }
    } finally {
      setBusy(false);
      setSent(undefined);
    }
  };

  return (
    <div class="stack narrow">
      {badLink && <p class="note warn">The arguments in this link cannot be read: the form has the defaults.</p>}
      <div class="card">
        <Form form={form} label={`Arguments of the training of ${model}`} onSubmit={() => void start()}>
          <div class="field full">
            <div class="field-head">
              <label for="run-name">
                <span class="field-label">Name of the run</span> <span class="soft small">optional</span>
              </label>
            </div>
            <input
              ref={nameInput}
              id="run-name"
              class="input"
              type="text"
              autocomplete="off"
              spellcheck={false}
              maxLength={64}
              value={name}
              aria-invalid={nameFault === undefined ? undefined : "true"}
              aria-describedby={nameFault === undefined ? "run-name-help" : "run-name-fault"}
              onInput={({ currentTarget }) => {
                setName(currentTarget.value);
                setNameFault(undefined);
              }}
            />
            {nameFault === undefined ? (
              <p class="field-help" id="run-name-help">
                {nameRules.run}. Without one the run gets a number of its own.
              </p>
            ) : (
              <p class="field-fault" id="run-name-fault">
                {nameFault}
              </p>
            )}
          </div>
          <button type="submit" class="button primary" aria-disabled={busy} title="Ctrl+Enter">
            {busy ? "Starting…" : "Start training"}
          </button>
          <ResetButton form={form} />
        </Form>
      </div>
      {sent !== undefined && sent < 1 && <progress class="progress" max={1} value={sent} aria-label="Sent" />}
      {error !== undefined && <CallError error={error} />}
      <RequestPanel form={form} schema={trainArgs} model={model} call="train" />
      <ShareLink form={form} path={["models", model, "train"]} />
    </div>
  );
}

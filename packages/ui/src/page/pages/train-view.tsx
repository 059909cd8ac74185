// Starts a training.
import { DeepaasError, namePatterns, nameRules, type ObjectSchema } from "@deepaas/core";
import { useMemo, useState } from "preact/hooks";
import { CallError } from "../calls/call-output.tsx";
import { newRequestId } from "../calls/request-id.ts";
import { RequestPanel } from "../calls/request-panel.tsx";
import { Fields, Form } from "../form/form.tsx";
import { checkForm, createForm, showIssues } from "../form/form-state.ts";
import { Empty } from "../parts/states.tsx";
import { goTo, linkTo } from "../routing/router.ts";
import { uploads } from "../service/connection.ts";
import { FormTools, type ModelViewProps } from "./try-view.tsx";

const runName = "Name of the run";
const nameSchema: ObjectSchema = {
  type: "object",
  required: [],
  properties: {
    [runName]: {
      type: "string",
      description: `${nameRules.run}. Without one the run gets a number of its own.`,
      pattern: namePatterns.run,
    },
  },
};

export function TrainView({ description, query }: ModelViewProps) {
  if (!description.has.train) {
    return <Empty title="This model has no method train" />;
  }
  return <TrainModel key={`${description.metadata.servedAs} ${query}`} description={description} query={query} />;
}

function TrainModel({ description: { metadata, trainArgs }, query }: ModelViewProps) {
  const model = metadata.servedAs;
  const form = useMemo(() => createForm(trainArgs, query.get("args") ?? undefined), []);
  const naming = useMemo(() => createForm(nameSchema), []);
  const [error, setError] = useState<unknown>();
  const [sent, setSent] = useState(1);
  const [busy, setBusy] = useState(false);
  const start = async () => {
    if (busy) return;
    setError(undefined);
    const named = checkForm(naming);
    const value = checkForm(form);
    if (!value || !named) return;
    const runId = named[runName] as string | undefined;
    setBusy(true);
    try {
      const run = await uploads.train(model, value, {
        requestId: newRequestId(),
        ...(runId !== undefined && { runId }),
        onUploadProgress: ({ bytes, total = bytes }) => setSent(bytes / total),
      });
      goTo(linkTo(["runs", run.id]));
    } catch (failure) {
      const { code, issues = [] } = DeepaasError.is(failure) ? failure : {};
      if (code === "already_exists")
        showIssues(naming, [
          { pointer: `/${runName}`, rule: code, message: "A run of this name has other arguments." },
        ]);
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
          <div class="full">
            <Fields form={naming} fields={naming.fields} />
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

import { isTerminal, type Run } from "@deepaas/core";
import type { Signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { removeLater } from "../parts/removal.ts";
import { goTo, linkTo } from "../routing/router.ts";
import { sentenceOf, service } from "../service/connection.ts";

interface RunActionsProps {
  readonly run: Run;
  readonly record: Signal<Run | undefined>;
}

export function RunActions({ run, record }: RunActionsProps) {
  return (
    <div class="row">
      <a class="button" href={linkTo(["models", run.model, "train"], { args: JSON.stringify(run.args) })}>
        Again with changed arguments
      </a>
      {isTerminal(run.state) ? (
        <button type="button" class="button danger" onClick={() => deleteRun(run.id)}>
          Delete
        </button>
      ) : (
        <CancelButton run={run} record={record} />
      )}
    </div>
  );
}

function deleteRun(id: string): void {
  removeLater({ key: `run ${id}`, text: `Run ${id.slice(0, 12)} is deleted.`, remove: () => service.remove(id) });
  goTo(linkTo(["runs"]));
}

function CancelButton({ run, record }: RunActionsProps) {
  const [state, setState] = useState<"idle" | "asked" | "sent">("idle");
  const [error, setError] = useState("");
  const confirm = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (state === "asked") confirm.current?.focus();
  }, [state]);
  const cancel = async () => {
    setState("sent");
    setError("");
    try {
      const answer = await service.cancel(run.id);
      const current = record.value;
      if (current && answer.lastSeq >= current.lastSeq) record.value = { ...current, state: answer.state };
    } catch (thrown) {
      setState("idle");
      setError(sentenceOf(thrown));
    }
  };
  if (run.state === "stopping" || state === "sent") {
    return (
      <button type="button" class="button" disabled>
        Stopping…
      </button>
    );
  }
  if (state === "asked") {
    return (
      <fieldset class="row plain-group">
        <legend class="visually-hidden">Cancel</legend>
        <span>Cancel this run?</span>
        <button type="button" class="button danger" ref={confirm} onClick={() => void cancel()}>
          Yes, cancel it
        </button>
        <button type="button" class="button" onClick={() => setState("idle")}>
          No
        </button>
      </fieldset>
    );
  }
  return (
    <>
      <button type="button" class="button danger" onClick={() => setState("asked")}>
        Cancel
      </button>
      {error !== "" && <p role="alert">{error}</p>}
    </>
  );
}

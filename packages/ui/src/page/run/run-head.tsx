import { isTerminal, type Run } from "@deepaas/core";
import { useEffect, useState } from "preact/hooks";
import { StateBadge } from "../parts/badge.tsx";
import { CopyButton } from "../parts/copy-button.tsx";
import { removeLater } from "../parts/removal.ts";
import { durationText, numberText } from "../parts/texts.ts";
import { showToast } from "../parts/toasts.tsx";
import { goTo, linkTo } from "../routing/router.ts";
import { connection, sentenceOf, service } from "../service/connection.ts";
import type { Rate } from "./rate.ts";

interface RunHeadProps {
  readonly run: Run;
  readonly rate: Rate;
}

/** Which run it is, what can be done with it, and how far it is. */
export function RunHead({ run, rate }: RunHeadProps) {
  const hasEnded = isTerminal(run.state);
  return (
    <>
      <div class="page-head run-head">
        <div>
          <h1>
            <a href={linkTo(["models", run.model])}>{run.model}</a> <StateBadge state={run.state} />
          </h1>
          <p class="row">
            <code class="soft run-text">{run.id}</code>
            <CopyButton text={run.id} label="Copy id" />
          </p>
        </div>
        <div class="row">
          <a class="button" href={linkTo(["models", run.model, "train"], { args: JSON.stringify(run.args) })}>
            Again with changed arguments
          </a>
          <button
            type="button"
            class="button danger"
            disabled={run.state === "stopping"}
            onClick={() => (hasEnded ? remove(run.id) : void cancel(run.id))}
          >
            {hasEnded ? "Delete" : run.state === "stopping" ? "Stopping…" : "Cancel"}
          </button>
        </div>
      </div>
      {connection.value === "reconnecting" && !hasEnded && (
        <p class="note warn">Reconnecting: the curves go on when the server is back.</p>
      )}
      <RunProgress run={run} rate={rate} />
    </>
  );
}

function remove(id: string): void {
  removeLater({ key: `run ${id}`, text: `Run ${id.slice(0, 12)} is deleted.`, remove: () => service.remove(id) });
  goTo(linkTo(["runs"]));
}

async function cancel(id: string): Promise<void> {
  if (!confirm("Cancel this run?")) return;
  try {
    await service.cancel(id);
  } catch (error) {
    showToast(sentenceOf(error));
  }
}

function RunProgress({ run, rate }: RunHeadProps) {
  const [now, setNow] = useState(Date.now());
  const isRunning = run.state === "running";
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  const { step, total, message } = run.progress ?? {};
  const perSecond = isRunning ? rate.perSecond() : undefined;
  const remaining = isRunning && total !== undefined ? rate.remainingMs(total, now) : undefined;
  const texts = [
    step !== undefined && `Step ${[step, total].flatMap((one) => one?.toLocaleString("en") ?? []).join(" of ")}`,
    perSecond !== undefined && `${numberText(Number(perSecond.toPrecision(3)))} steps/s`,
    remaining !== undefined && step !== total && `about ${durationText(Math.max(1_000, remaining))} left`,
    message,
  ];
  return (
    <div class="stack tight">
      {step !== undefined && total !== undefined && total > 0 && (
        <progress class="run-bar" value={Math.min(step, total)} max={total} aria-label="Progress" />
      )}
      <p class="row number run-text">
        {texts.map((text) => text && <span key={text}>{text}</span>)}
        <span class="soft">{durationOf(run, now)}</span>
      </p>
    </div>
  );
}

export function durationOf({ startedAt, endedAt }: Run, now = Date.now()): string {
  if (startedAt === undefined) return "not started";
  const end = endedAt === undefined ? now : Date.parse(endedAt);
  return durationText(Math.max(0, end - Date.parse(startedAt)));
}

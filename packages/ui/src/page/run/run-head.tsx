import { isTerminal, type Run } from "@deepaas/core";
import type { Signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { StateBadge } from "../parts/badge.tsx";
import { CopyButton } from "../parts/copy-button.tsx";
import { durationText, numberText, timeText } from "../parts/texts.ts";
import { linkTo } from "../routing/router.ts";
import { connection } from "../service/connection.ts";
import type { Rate } from "./rate.ts";
import { RunActions } from "./run-actions.tsx";

interface RunHeadProps {
  readonly run: Run;
  /** For a change that the server has confirmed before its event is here. */
  readonly record: Signal<Run | undefined>;
  readonly rate: Rate;
}

export function RunHead({ run, record, rate }: RunHeadProps) {
  const now = useNow(!isTerminal(run.state));
  return (
    <>
      <div class="page-head run-title">
        <div>
          <h1>
            <a class="quiet-link" href={linkTo(["models", run.model])}>
              {run.model}
            </a>{" "}
            <StateBadge state={run.state} />
          </h1>
          <p class="row">
            <code class="run-id">{run.id}</code>
            <CopyButton text={run.id} label="Copy id" />
          </p>
        </div>
        <RunActions run={run} record={record} />
      </div>
      {connection.value === "reconnecting" && !isTerminal(run.state) && (
        <p class="note warn">Reconnecting: the curves go on when the server is back.</p>
      )}
      <RunProgress run={run} rate={rate} now={now} />
      <dl class="run-facts">
        {factsOf(run, now).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd class="number">{value}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}

function factsOf(run: Run, now: number): readonly (readonly [string, string])[] {
  const { owner, createdAt, startedAt, endedAt, attempt, checkpoint } = run;
  const end = endedAt === undefined ? now : Date.parse(endedAt);
  return [
    ["Created", timeText(createdAt)],
    ...(owner === undefined ? [] : [["Owner", owner] as const]),
    ["Duration", startedAt === undefined ? "not started" : durationText(Math.max(0, end - Date.parse(startedAt)))],
    ["Attempt", attempt === 0 ? "none yet" : String(attempt)],
    ...(checkpoint ? [["Checkpoint", `step ${checkpoint.step.toLocaleString("en")}`] as const] : []),
  ];
}

function RunProgress({ run, rate, now }: { readonly run: Run; readonly rate: Rate; readonly now: number }) {
  const { step, total, message } = run.progress ?? {};
  const perSecond = run.state === "running" ? rate.perSecond() : undefined;
  const remaining = run.state === "running" ? rate.remainingMs(total, now) : undefined;
  const texts = [
    step === undefined
      ? ""
      : `Step ${step.toLocaleString("en")}${total === undefined ? "" : ` of ${total.toLocaleString("en")}`}`,
    perSecond === undefined ? "" : rateText(perSecond),
    remaining === undefined || step === total ? "" : `about ${durationText(Math.max(1_000, remaining))} left`,
  ].filter((text) => text !== "");
  if (texts.length === 0 && message === undefined) return null;
  return (
    <div class="stack run-progress">
      {step !== undefined && total !== undefined && total > 0 && (
        <progress class="run-bar" value={Math.min(step, total)} max={total} aria-label="Progress" />
      )}
      <p class="row number">
        {texts.map((text, i) => (
          <span key={i} class={i === 0 ? "" : "soft"}>
            {text}
          </span>
        ))}
        {message !== undefined && <span class="soft run-message">{message}</span>}
      </p>
    </div>
  );
}

function rateText(perSecond: number): string {
  return perSecond >= 0.5
    ? `${numberText(Number(perSecond.toPrecision(3)))} steps/s`
    : `${durationText(1_000 / perSecond)} per step`;
}

/** The time, each second while `isRunning`. */
function useNow(isRunning: boolean): number {
  const [, setTurn] = useState(0);
  useEffect(() => {
    if (!isRunning) return;
    const timer = setInterval(() => setTurn((turn) => turn + 1), 1_000);
    return () => clearInterval(timer);
  }, [isRunning]);
  return Date.now();
}

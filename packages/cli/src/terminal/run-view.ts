// Shows a run while it goes on: a bar on a terminal, lines in a pipe, JSON for programs.
import type { Run, RunEvent } from "@deepaas/core";
import { RunProgress } from "./run-progress.ts";
import { styled } from "./style.ts";
import { clockText, metricsText, numberText, plainText, sparkline } from "./texts.ts";

export interface RunView {
  add(event: RunEvent): void;
  /** Shows a line between the events, such as "reconnecting". */
  note(text: string): void;
  /** Draws nothing until `resume`, because a question is on the screen. */
  pause(): void;
  resume(): void;
  /** Leaves the last state on the screen. */
  end(): void;
}

/** `json`: one line of JSON for each event. */
export async function runView(run: Pick<Run, "id" | "model">, { json }: { readonly json: boolean }): Promise<RunView> {
  if (json) return jsonView();
  return process.stdout.isTTY ? liveView(run) : lineView();
}

function jsonView(): RunView {
  return {
    add: (event) => process.stdout.write(`${JSON.stringify(event)}\n`),
    note: (text) => process.stderr.write(`${text}\n`),
    pause() {},
    resume() {},
    end() {},
  };
}

/** At most one line of progress a second: a log that is kept must stay readable. */
function lineView(): RunView {
  const progress = new RunProgress();
  let shownAt = Number.NEGATIVE_INFINITY;
  let isPending = false;
  const show = () => {
    shownAt = performance.now();
    isPending = false;
    process.stdout.write(`${progressLine(progress)}\n`);
  };
  return {
    add(event) {
      progress.add(event);
      if (event.type === "progress") {
        if (performance.now() - shownAt >= 1_000) show();
        else isPending = true;
        return;
      }
      if (isPending) show();
      process.stdout.write(`${eventLine(event)}\n`);
    },
    note: (text) => process.stderr.write(`${text}\n`),
    pause() {},
    resume() {},
    end() {
      if (isPending) show();
    },
  };
}

async function liveView({ id, model }: Pick<Run, "id" | "model">): Promise<RunView> {
  const { createLogUpdate } = await import("log-update");
  const progress = new RunProgress();
  const startedAt = performance.now();
  const update = createLogUpdate(process.stdout);
  let state = "queued";
  let note: string | undefined;
  let stale = true;
  let isPaused = false;
  const held: string[] = [];
  const draw = () => {
    if (isPaused) return;
    const width = Math.max(20, process.stdout.columns ?? 80);
    const seconds = (performance.now() - startedAt) / 1_000;
    const attempt = progress.attempt > 1 ? `, attempt ${progress.attempt}` : "";
    const head = `${styled("bold", model)} ${id}  ${state}${attempt}  ${clockText(seconds)}`;
    update([head, ...barLines(progress, width), ...(note === undefined ? [] : [styled("yellow", note)])].join("\n"));
    stale = false;
  };
  const print = (line: string) => {
    if (isPaused) return void held.push(line);
    update.clear();
    process.stdout.write(`${line}\n`);
    draw();
  };
  // The clock goes on, and a burst of events is drawn once.
  const timer = setInterval(() => draw(), 250);
  const quick = setInterval(() => stale && draw(), 50);
  process.stdout.on("resize", draw);
  draw();
  return {
    add(event) {
      progress.add(event);
      note = undefined;
      stale = true;
      if (event.type === "progress") return;
      if (event.type === "log") return print(eventLine(event));
      if (event.type === "checkpoint" || event.type === "artifact" || event.type === "published") return;
      state = event.type === "started" ? "running" : event.type;
      if (event.type === "lost") print(eventLine(event));
    },
    note(text) {
      note = text;
      draw();
    },
    pause() {
      update.clear();
      isPaused = true;
    },
    resume() {
      isPaused = false;
      for (const line of held.splice(0)) print(line);
      draw();
    },
    end() {
      isPaused = false;
      clearInterval(timer);
      clearInterval(quick);
      process.stdout.off("resize", draw);
      draw();
      update.done();
    },
  };
}

function barLines(progress: RunProgress, width: number): string[] {
  const { fraction, mainName, mainValues, metrics, message } = progress;
  const { [mainName ?? ""]: main, ...others } = metrics;
  const lines: string[] = [];
  const counts = countsText(progress);
  if (fraction !== undefined) {
    const length = Math.max(10, Math.min(40, width - counts.length - 8));
    const filled = Math.round(fraction * length);
    const bar = styled("green", "█".repeat(filled)) + styled("dim", "░".repeat(length - filled));
    lines.push(`${bar} ${Math.floor(fraction * 100)} %  ${counts}`);
  } else if (counts !== "") lines.push(counts);
  if (mainName !== undefined && main !== undefined) {
    const text = `${mainName} ${numberText(main)}`;
    const line = sparkline(mainValues, Math.max(8, Math.min(40, width - text.length - 4)));
    lines.push(`${text}  ${styled("cyan", line)}`);
  }
  if (Object.keys(others).length > 0) lines.push(metricsText(others));
  if (message !== undefined) lines.push(styled("dim", plainText(message).split("\n")[0] as string));
  return lines;
}

function countsText({ step, total, rate, secondsLeft }: RunProgress): string {
  const parts = [
    step === undefined ? "" : numberText(step) + (total === undefined ? "" : `/${numberText(total)}`),
    rate === undefined ? "" : `${numberText(rate)}/s`,
    secondsLeft === undefined ? "" : `ETA ${clockText(secondsLeft)}`,
  ];
  return parts.filter((part) => part !== "").join("  ");
}

function progressLine(progress: RunProgress): string {
  const { fraction, metrics, message } = progress;
  const percent = fraction === undefined ? "" : `${Math.floor(fraction * 100)} %`;
  return ["progress", percent, countsText(progress), metricsText(metrics), message ?? ""]
    .filter((part) => part !== "")
    .join("  ");
}

/** One line for people; more for a log entry with line breaks. */
function eventLine(event: RunEvent): string {
  return plainText(textOf(event));
}

function textOf(event: RunEvent): string {
  switch (event.type) {
    case "log":
      return event.level === "info" ? event.text : `${event.level}: ${event.text}`;
    case "started":
      return event.attempt > 1 ? `started, attempt ${event.attempt}` : "started";
    case "progress": {
      const { step, total, metrics = {}, message } = event;
      const count = step === undefined ? "" : `${step}${total === undefined ? "" : `/${total}`}`;
      return ["progress", count, metricsText(metrics), message ?? ""].filter((part) => part !== "").join("  ");
    }
    case "artifact":
      return `artifact ${event.name}, ${event.size} bytes`;
    case "checkpoint":
      return `checkpoint of step ${event.step}`;
    case "published":
      return "weights published";
    case "failed":
      return `failed: ${event.error.message}`;
    case "lost":
      return `lost: ${event.reason}`;
    case "stopping":
    case "cancelled":
      return event.reason === undefined ? event.type : `${event.type}: ${event.reason}`;
    default:
      return event.type;
  }
}

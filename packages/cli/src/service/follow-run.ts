// Shows a run until its end. CTRL-C asks whether to cancel it.
import { createInterface } from "node:readline/promises";
import { keepWatching } from "@deepaas/client";
import { DeepaasError, type ModelService, type Run, type RunEvent } from "@deepaas/core";
import { CliError } from "../cli-error.ts";
import { type RunView, runView } from "../terminal/run-view.ts";
import { clockText, metricsText } from "../terminal/texts.ts";
import { unfinishedStates } from "./find-run.ts";

export interface FollowOptions {
  /** One line of JSON for each event. */
  readonly json: boolean;
  /** "cancel": CTRL-C asks, and cancels the run; "leave": it ends the command only. */
  readonly onInterrupt: "cancel" | "leave";
  /** True: a server has the run, which goes on without this command. */
  readonly isRemote: boolean;
  /** The data directory in which the run is kept. Undefined: it is lost with this process, or a server has it. */
  readonly place?: string | undefined;
  /** The `seq` of the last event that is known. */
  readonly after?: number | undefined;
}

type Service = Pick<ModelService, "watch" | "run" | "cancel">;

/** Resolves when the run has succeeded. Rejects as it failed, and `cancelled` if it was cancelled or the user has left. */
export async function followRun(service: Service, run: Run, options: FollowOptions): Promise<void> {
  const { json, onInterrupt, after } = options;
  const view = await runView(run, { json });
  const leaving = new AbortController();
  const interrupt = interruptHandler({ service, run, view, options, leave: () => leaving.abort() });
  process.on("SIGINT", interrupt);
  const ignore = () => {};
  // The reader of the output may be gone (`deepaas watch … | head`).
  process.stdout.on("error", ignore);
  try {
    const watch = { signal: leaving.signal, ...(after !== undefined && { after }) };
    let last: RunEvent | undefined;
    for await (const event of keepWatching(noting(service, view), run.id, watch)) {
      view.add(event);
      last = event;
    }
    view.end();
    await report(service, { run, last, options });
  } catch (error) {
    view.end();
    if (leaving.signal.aborted) {
      const goesOn = onInterrupt === "leave" || options.isRemote;
      const hint = goesOn ? `the run goes on; deepaas watch ${run.id} shows it` : undefined;
      throw new CliError("cancelled", "interrupted", { hint });
    }
    throw error;
  } finally {
    process.off("SIGINT", interrupt);
    process.stdout.off("error", ignore);
  }
}

/** Says which trainings of an earlier process go on first, because one runs at a time. */
export async function noteEarlierRuns(
  service: Pick<ModelService, "runs">,
  { model, runId }: { readonly model: string; readonly runId: string | undefined },
): Promise<void> {
  const { items } = await service.runs({ model, state: unfinishedStates });
  const others = items.filter(({ id }) => id !== runId);
  if (others.length === 0) return;
  process.stderr.write(
    `deepaas: trainings of an earlier process go on first: ${others.map(({ id }) => id).join(", ")}\n`,
  );
}

/** Says when the connection is lost; `keepWatching` then tries again. */
function noting(service: Service, view: RunView): Pick<ModelService, "watch"> {
  return {
    async *watch(id, options) {
      try {
        yield* service.watch(id, options);
      } catch (error) {
        if (DeepaasError.is(error) && error.code === "unavailable")
          view.note("the server does not answer; reconnecting");
        throw error;
      }
    },
  };
}

interface Interrupting {
  readonly service: Service;
  readonly run: Run;
  readonly view: RunView;
  readonly options: FollowOptions;
  readonly leave: () => void;
}

/** The first CTRL-C asks on a terminal, and else cancels; the second one cancels without asking; a third one leaves. */
function interruptHandler({ service, run, view, options, leave }: Interrupting): () => void {
  let asking: AbortController | undefined;
  let isCancelling = false;
  const cancel = () => {
    if (isCancelling) return leave();
    isCancelling = true;
    asking?.abort();
    view.note("cancelling; CTRL-C again leaves at once");
    service.cancel(run.id).catch((error: unknown) => {
      view.note(`the run could not be cancelled: ${(error as Error).message}`);
      leave();
    });
  };
  return () => {
    if (options.onInterrupt === "leave") return leave();
    if (isCancelling || asking || !process.stdin.isTTY || !process.stdout.isTTY) return cancel();
    asking = new AbortController();
    const { signal } = asking;
    void confirmed(signal, view).then((yes) => {
      asking = undefined;
      if (yes && !isCancelling) cancel();
    });
  };
}

async function confirmed(signal: AbortSignal, view: RunView): Promise<boolean> {
  view.pause();
  const reading = createInterface({ input: process.stdin, output: process.stdout });
  // While readline reads, CTRL-C comes to it and not as a signal.
  reading.on("SIGINT", () => process.emit("SIGINT"));
  try {
    const answer = await reading.question("Cancel the training? [y/N] ", { signal });
    return /^y(?:es)?$/i.test(answer.trim());
  } catch {
    return false;
  } finally {
    reading.close();
    view.resume();
  }
}

async function report(
  service: Service,
  { run, last, options }: { readonly run: Run; readonly last: RunEvent | undefined; readonly options: FollowOptions },
): Promise<void> {
  const ended = await service.run(run.id);
  if (ended.state === "succeeded") {
    if (!options.json) process.stdout.write(summary(ended));
    return;
  }
  if (ended.state === "failed")
    throw DeepaasError.from(ended.error ?? { code: "internal", message: "The run failed." });
  const { checkpoint } = ended;
  const at = options.place === undefined ? "" : ` in ${options.place}`;
  const kept = checkpoint && (options.isRemote || options.place !== undefined);
  const hint = kept ? `its last checkpoint, of step ${checkpoint.step}, is kept with the run${at}` : undefined;
  if (ended.state === "cancelled") throw new CliError("cancelled", `the run ${run.id} was cancelled`, { hint });
  throw new CliError("unavailable", `the run ${run.id} is ${ended.state}, and no server works on it`, {
    hint: last === undefined ? undefined : `its last event is ${last.seq}, ${last.type}`,
  });
}

function summary({ id, model, startedAt, endedAt, progress, artifacts, result }: Run): string {
  const seconds =
    startedAt === undefined || endedAt === undefined ? 0 : (Date.parse(endedAt) - Date.parse(startedAt)) / 1_000;
  const lines = [`run ${id} of ${model} succeeded in ${clockText(seconds)}`];
  if (progress?.metrics && Object.keys(progress.metrics).length > 0) lines.push(`  ${metricsText(progress.metrics)}`);
  if (artifacts.length > 0) lines.push(`  artifacts: ${artifacts.map(({ name }) => name).join(", ")}`);
  if (result !== undefined && result !== null) lines.push(`  result: ${JSON.stringify(result)}`);
  return `${lines.join("\n")}\n`;
}

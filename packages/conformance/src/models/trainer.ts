// Trains by a script of actions, which is an argument: reports, log lines, files, checkpoints, gates, and every kind of end.
import {
  type Args,
  BaseModel,
  DeepaasError,
  type ErrorCode,
  type JsonValue,
  type LogLevel,
  type ModelFile,
  type PublishOptions,
  type TrainContext,
  Type,
  type WarmContext,
} from "@deepaas/core";
import { type Controlled, controlledBy } from "../control.ts";

/** One step of the script. Metrics may be the strings "NaN", "Infinity", "-Infinity". */
export type Action =
  | {
      readonly do: "report";
      readonly step?: number;
      readonly total?: number;
      readonly metrics?: Readonly<Record<string, number | string>>;
      readonly message?: string;
    }
  /** Makes `times` reports in one turn of the event loop. The metric `i` is the number of the report. */
  | { readonly do: "burst"; readonly times: number }
  /** Makes `times` reports, one for each turn of the event loop. */
  | { readonly do: "drip"; readonly times: number }
  /** Makes invalid reports and log lines, which must not stop the training. */
  | { readonly do: "nonsense" }
  | { readonly do: "log"; readonly text: string; readonly level?: LogLevel; readonly times?: number }
  | { readonly do: "checkpoint"; readonly step: number; readonly data?: JsonValue; readonly file?: string }
  | { readonly do: "artifact"; readonly name: string; readonly text: string; readonly contentType?: string }
  | { readonly do: "publish"; readonly text: string; readonly options?: object }
  /** Writes a note with `attempt` and `resumeFrom` as JSON. */
  | { readonly do: "note"; readonly name: string }
  /** Waits until the test opens the gate or the signal is aborted. */
  | { readonly do: "gate"; readonly name: string }
  /** Waits until the test opens the gate, and ignores the signal. */
  | { readonly do: "hang"; readonly name: string }
  | { readonly do: "return"; readonly value: JsonValue }
  | { readonly do: "throw"; readonly message: string; readonly code?: ErrorCode }
  /** Kills its own process. Only for an executor with processes. */
  | { readonly do: "die" };

const script = Type.Optional(Type.Array(Type.Unsafe<Action>({ type: "object" })));

const fields = {
  control: Type.Optional(Type.String()),
  script,
  /** Replaces `script` in every attempt but the first. */
  again: script,
  /** Runs when the signal stops the script. Without it the reason of the signal is thrown. */
  onAbort: script,
};

/** The arguments as a caller passes them. */
export interface TrainerArgs {
  readonly control?: string;
  readonly script?: readonly Action[];
  readonly again?: readonly Action[];
  readonly onAbort?: readonly Action[];
}

export default class Trainer extends BaseModel {
  protected weights = "shipped";

  override async warm({ published }: WarmContext) {
    this.weights = published ? await weightsFrom(published) : "shipped";
  }
  override async predict() {
    return { weights: this.weights };
  }
  override getTrainArgs() {
    return fields;
  }
  override async train({ control = "", script: first = [], again, onAbort }: Args<typeof fields>, run: TrainContext) {
    const stage = { run, controlled: controlledBy(control) };
    try {
      return await play(run.attempt > 1 && again ? again : first, stage);
    } catch (error) {
      if (!run.signal.aborted || !onAbort) throw error;
      return play(onAbort, stage);
    }
  }
}

/** Returns the text of the file. Throws if it is `broken`. */
export async function weightsFrom(file: ModelFile): Promise<string> {
  const text = await file.text();
  if (text === "broken") throw new Error("The file has no weights.");
  return text;
}

interface Stage {
  readonly run: TrainContext;
  readonly controlled: Controlled;
}

async function play(actions: readonly Action[], stage: Stage): Promise<JsonValue> {
  for (const action of actions) {
    if (action.do === "return") return withNumbers(action.value);
    await act(action, stage);
  }
  return null;
}

async function act(action: Exclude<Action, { do: "return" }>, { run, controlled }: Stage): Promise<void> {
  switch (action.do) {
    case "report": {
      const { do: _do, metrics, ...rest } = action;
      return run.report({ ...rest, ...(metrics && { metrics: withNumbers(metrics) as Record<string, number> }) });
    }
    case "burst":
      for (let i = 1; i <= action.times; i++) run.report({ step: i, metrics: { i, [`m${i % 2}`]: i } });
      return;
    case "drip":
      for (let i = 1; i <= action.times; i++) {
        run.report({ step: i });
        await new Promise(setImmediate);
      }
      return;
    case "nonsense":
      for (const invalid of [null, 1, "x", { step: "one", metrics: 3 }, { metrics: { a: "b" } }, throwingReport])
        run.report(invalid as object);
      run.log(undefined as never, "loud" as never);
      run.log(Object.create(null) as never);
      return;
    case "log":
      for (let i = 0; i < (action.times ?? 1); i++) run.log(action.text, action.level);
      return;
    case "checkpoint": {
      const { step, data, file } = action;
      return run.checkpoint({
        step,
        ...(data !== undefined && { data }),
        ...(file !== undefined && { file: bytesOf(file) }),
      });
    }
    case "artifact":
      return run.artifact(
        action.name,
        bytesOf(action.text),
        action.contentType === undefined ? {} : { contentType: action.contentType },
      );
    case "publish":
      return run.publish(bytesOf(action.text), action.options as PublishOptions | undefined);
    case "note": {
      const { attempt, resumeFrom } = run;
      const from = resumeFrom && { ...resumeFrom, file: (await resumeFrom.file?.text()) ?? null };
      return controlled.note(action.name, JSON.stringify({ attempt, resumeFrom: from ?? null }));
    }
    case "gate":
      return controlled.gate(action.name, run.signal);
    case "hang":
      return controlled.gate(action.name);
    case "throw":
      throw action.code === undefined ? new Error(action.message) : new DeepaasError(action.code, action.message);
    case "die":
      process.kill(process.pid, "SIGKILL");
      return new Promise(() => {});
  }
}

const throwingReport = {
  get step(): number {
    throw new Error("no step");
  },
};

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Replaces the strings "NaN", "Infinity" and "-Infinity" by the numbers. */
function withNumbers(value: JsonValue): JsonValue {
  if (value === "NaN" || value === "Infinity" || value === "-Infinity") return Number(value);
  if (Array.isArray(value)) return value.map(withNumbers);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withNumbers(member as JsonValue)]));
}

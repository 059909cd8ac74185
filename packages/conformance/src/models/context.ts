// Returns the content of its context, in every method that receives one.
import {
  BaseModel,
  type CallerId,
  type JsonObject,
  type PredictBatchContext,
  type PredictContext,
  type TrainContext,
} from "@deepaas/core";

interface AnyContext {
  readonly signal: AbortSignal;
  readonly requestId?: string;
  readonly caller?: CallerId | undefined;
  readonly callers?: readonly (CallerId | undefined)[];
}

export default class Context extends BaseModel {
  override async predict(_args: unknown, call: PredictContext) {
    return contents(call);
  }
  override async predictBatch(argsList: readonly unknown[], call: PredictBatchContext) {
    return argsList.map(() => contents(call));
  }
  override async *predictStream(_args: unknown, call: PredictContext) {
    yield contents(call);
  }
  override async train(_args: unknown, run: TrainContext) {
    return contents(run);
  }
}

function contents(context: AnyContext): JsonObject {
  const { requestId = null, caller = null, callers = null, signal } = context;
  return {
    members: membersOf(context).toSorted(),
    requestId,
    caller: caller && { ...caller },
    callers: callers?.map((one) => one ?? null) ?? null,
    isAborted: signal.aborted,
  };
}

/** Own properties and the getters of its class. */
function membersOf(context: object): string[] {
  const names = Object.keys(context);
  for (
    let type = Object.getPrototypeOf(context);
    type !== null && type !== Object.prototype;
    type = Object.getPrototypeOf(type)
  )
    for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(type)))
      if (property.get !== undefined) names.push(name);
  return names;
}

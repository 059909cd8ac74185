// Returns the caller in its context.
import { BaseModel, type PredictContext, type TrainContext } from "@deepaas/core";

export default class Callers extends BaseModel {
  override async predict(_args: object, { requestId, caller }: PredictContext) {
    return { requestId, caller: caller ?? null };
  }
  override async *predictStream(_args: object, { caller }: PredictContext) {
    yield { caller: caller ?? null };
  }
  override async train(_args: object, { caller }: TrainContext) {
    return { caller: caller ?? null };
  }
}

// A service whose watches and streams lose their connection.
import { DeepaasError, type ModelService } from "@deepaas/core";

export interface Cut {
  /** Number of events after which a watch or a stream rejects `unavailable`. */
  readonly afterEvents: number;
  /** Number of watches and streams that are cut, counted from the first. Default: all. */
  readonly times?: number;
}

export function cutService(
  service: ModelService,
  { afterEvents, times = Number.POSITIVE_INFINITY }: Cut,
): ModelService {
  let cuts = 0;
  async function* cut<T>(events: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
    const willCut = cuts++ < times;
    let seen = 0;
    for await (const event of events) {
      if (willCut && seen++ >= afterEvents) throw new DeepaasError("unavailable", "The connection was lost.");
      yield event;
    }
    // The connection is also lost if the end comes first.
    if (willCut && seen <= afterEvents) throw new DeepaasError("unavailable", "The connection was lost.");
  }
  return {
    status: service.status.bind(service),
    stats: service.stats.bind(service),
    models: service.models.bind(service),
    describe: service.describe.bind(service),
    predict: service.predict.bind(service),
    predictStream: (model, args, options) => cut(service.predictStream(model, args, options)),
    train: service.train.bind(service),
    run: service.run.bind(service),
    runs: service.runs.bind(service),
    cancel: service.cancel.bind(service),
    remove: service.remove.bind(service),
    watch: (id, options) => cut(service.watch(id, options)),
    metrics: service.metrics.bind(service),
    artifact: service.artifact.bind(service),
    grant: service.grant.bind(service),
    versions: service.versions.bind(service),
    serveVersion: service.serveVersion.bind(service),
    removeVersion: service.removeVersion.bind(service),
  };
}

// The view to train a model.
import type { ModelDescription } from "@deepaas/core";

interface Props {
  readonly description: ModelDescription;
  readonly query: URLSearchParams;
}

export function TrainView({ description }: Props) {
  return <p>{description.metadata.servedAs}</p>;
}

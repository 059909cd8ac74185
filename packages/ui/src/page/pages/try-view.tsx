// The view to try a model.
import type { ModelDescription } from "@deepaas/core";

interface Props {
  readonly description: ModelDescription;
  readonly query: URLSearchParams;
}

export function TryView({ description }: Props) {
  return <p>{description.metadata.servedAs}</p>;
}

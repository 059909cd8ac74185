// The versions of a model's weights as a table.
import type { ModelVersions } from "@deepaas/core";
import { styled } from "./style.ts";
import { table } from "./table.ts";
import { bytesText, metricsText, timeText } from "./texts.ts";

export function versionsText({ versions, served }: ModelVersions): string {
  const columns = ["Version", "", "Made", "Size", "Run", "Metrics"].map((title) => ({ title }));
  return table(
    columns,
    versions.map(({ number, createdAt, size, runId, metrics }) => [
      String(number),
      number === served ? styled("green", "served") : "",
      number === 0 ? "with the model" : timeText(createdAt),
      size === undefined ? "" : bytesText(size),
      runId ?? "",
      metricsText(metrics),
    ]),
  );
}

// What `deepaas run` prints when it serves: where, what, and how to call it.
import type { Host, Run } from "@deepaas/core";
import { unfinishedStates } from "../service/find-run.ts";
import { curlHint } from "./curl-hint.ts";

export interface ReadyOptions {
  /** Without a slash at its end. */
  readonly url: string;
  /** Undefined: the metrics have no port of their own. */
  readonly metricsUrl: string | undefined;
  /** Where runs are kept. Undefined: they are not kept. */
  readonly place: string | undefined;
  readonly docEndpoint: boolean;
  readonly ui: boolean;
}

/** Most trainings to name. */
const maxNamed = 3;

export async function readyText(
  host: Host,
  { url, metricsUrl, place, docEndpoint, ui }: ReadyOptions,
): Promise<string> {
  const models = await host.models();
  const names = models.map(({ servedAs }) => servedAs);
  const { items: left } = await host.runs({ state: unfinishedStates, limit: maxNamed + 1 });
  const facts: (readonly [string, string])[] = [
    ...(ui ? [["page", `${url}/ui/`] as const] : []),
    ...(docEndpoint ? [["API", `${url}/api`] as const] : []),
    ["WebSocket", `${url.replace(/^http/, "ws")}/v2/ws`],
    ...(metricsUrl === undefined ? [] : [["metrics", metricsUrl] as const]),
    ["runs", (place === undefined ? "in memory, until the server ends" : `in ${place}`) + trainingsText(left)],
  ];
  const hints = await Promise.all(
    models.map(async ({ servedAs, weightsVersion }) => {
      const version = weightsVersion === 0 ? [] : [`  ${servedAs} has version ${weightsVersion} of its weights`];
      return [...version, curlHint(await host.describe(servedAs), url)];
    }),
  );
  return [
    `deepaas is serving ${names.join(", ")} at ${new URL(url).href}`,
    ...facts.map(([name, text]) => `  ${name.padEnd(10)} ${text}`),
    ...hints.flat(),
    "",
  ].join("\n");
}

function trainingsText(left: readonly Run[]): string {
  if (left.length === 0) return "";
  const named = left.slice(0, maxNamed).map(({ id, model, progress }) => {
    const at = progress?.step === undefined ? "" : ` at step ${progress.step}`;
    return `${model} ${id}${at}`;
  });
  return `; going on: ${named.join(", ")}${left.length > maxNamed ? ", and more" : ""}`;
}

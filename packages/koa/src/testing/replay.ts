// All recorded exchanges against real servers of ours, one for each section of a transcript, in its order.
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createHost, type Host, isTerminal, type Model, silentLogger } from "@deepaas/core";
import type { Executor } from "@deepaas/core/ports";
import { createServer, type ServerOptions } from "../create-server.ts";
import { type Comparable, ourForm, recordedForm } from "./comparable-answer.ts";
import { directPredict } from "./direct-predict.ts";
import { isExcluded } from "./excluded-exchanges.ts";
import { schemamodel } from "./recorded-models/schemamodel.ts";
import { bench, deepaasTest, headeraccept, minimal } from "./recorded-models/small-models.ts";
import { wide } from "./recorded-models/wide.ts";
import { sendRecorded } from "./send-recorded.ts";
import { type Exchange, pathOf, type Section, type Transcript } from "./transcript.ts";

/** Runs the models of these names. Undefined: it does not have all of them. */
export type ServedModels = (
  names: readonly string[],
) => { readonly models: Readonly<Record<string, Model>> } | { readonly executor: Executor } | undefined;

const models: Readonly<Record<string, Model>> = {
  wide,
  schemamodel,
  bench,
  headeraccept,
  minimal,
  "deepaas-test": deepaasTest,
};

/** The recorded models, written in TypeScript. */
export const typescriptModels: ServedModels = (names) => ({
  models: Object.fromEntries(Object.entries(models).filter(([name]) => names.includes(name))),
});

const optionsBySection: readonly (readonly [start: string, options: ServerOptions])[] = [
  ["--base-path /custom/base", { basePath: "/custom/base" }],
  ["--base-path /custom/ ", { basePath: "/custom/" }],
  ["--notrain-endpoint", { trainEndpoint: false }],
  ["--nopredict-endpoint", { predictEndpoint: false }],
  ["--nodoc-endpoint", { docEndpoint: false }],
  ["--client-max-size 100000", { maxBodyBytes: 100_000 }],
];

export interface Replayed {
  readonly exchange: Exchange;
  /** Undefined: the Python server never answered. */
  readonly recorded: Comparable | undefined;
  readonly ours: Comparable;
}

export interface Replay {
  readonly replayed: readonly Replayed[];
  /** Recorded to ours. A training whose id the recording does not show has the title of its exchange. */
  readonly ids: ReadonlyMap<string, string>;
}

/** Excluded exchanges are not sent, nor those of a section whose models `served` does not have. */
export async function replay({ sections }: Transcript, served: ServedModels): Promise<Replay> {
  const replayed: Replayed[] = [];
  const ids = new Map<string, string>();
  for (const section of sections) {
    const exchanges = section.exchanges.filter((exchange) => !isExcluded(exchange, section));
    if (exchanges.length === 0) continue;
    const source = served(modelsOf(section));
    if (!source) continue;
    await using server = await serveSection(section, source, ids);
    for (const exchange of exchanges) replayed.push(await server.send(exchange));
  }
  return { replayed, ids };
}

function modelsOf({ title, exchanges }: Section): readonly string[] {
  const served = exchanges.map((exchange) => /\/models\/([\w-]+)\//.exec(pathOf(exchange))?.[1] ?? "");
  const names = Object.keys(models).filter((name) => served.includes(name));
  if (names.length > 0) return names;
  return [title.includes("var") || title.includes("config file") ? "minimal" : "deepaas-test"];
}

async function serveSection(
  { title }: Section,
  source: NonNullable<ReturnType<ServedModels>>,
  ids: Map<string, string>,
): Promise<ServedSection> {
  const service = await createHost({ logger: silentLogger, ...source });
  const [, options = {}] = optionsBySection.find(([start]) => title.startsWith(start)) ?? [];
  const server = createServer(service, { directPredict, maxBodyBytes: 0, ...options, rawPredictions: true });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return new ServedSection(service, server, ids);
}

class ServedSection implements AsyncDisposable {
  readonly #service: Host;
  readonly #server: Server;
  readonly #ids: Map<string, string>;

  constructor(service: Host, server: Server, ids: Map<string, string>) {
    this.#service = service;
    this.#server = server;
    this.#ids = ids;
  }

  async send(exchange: Exchange): Promise<Replayed> {
    for (const { query, as, ended } of exchange.given ?? []) await this.#start(query, as, ended);
    const { port } = this.#server.address() as AddressInfo;
    const toPath = (path: string) => path.replace(/[0-9a-f]{32}/g, (id) => this.#ids.get(id) ?? id);
    const answer = await sendRecorded(port, exchange, toPath);
    await this.#learn(exchange, answer.body.toString());
    return { exchange, recorded: recordedForm(exchange, this.#ids), ours: ourForm(exchange, answer) };
  }

  async #start(query: string, as: string, ended: boolean): Promise<void> {
    const { mode = "ok", sleep = "0", epochs = "1" } = Object.fromEntries(new URLSearchParams(query));
    const run = await this.#service.train("wide", { mode, sleep: Number(sleep), epochs: Number(epochs) });
    this.#ids.set(as, run.id);
    if (ended) await this.#end(run.id);
  }

  /** Of a training that was started: its id, and its end. */
  async #learn(exchange: Exchange, body: string): Promise<void> {
    if (!/\/train\/(?:\?|$)/.test(pathOf(exchange))) return;
    const { request, response } = exchange;
    if ("raw" in request || request.method !== "POST" || typeof response?.body !== "string") return;
    const [theirs, ours] = [response.body, body].map((text) => /"uuid": ?"(\w{32})"/.exec(text)?.[1]);
    if (ours === undefined) return;
    this.#ids.set(theirs ?? exchange.title, ours);
    await this.#end(ours);
  }

  async #end(id: string): Promise<void> {
    for await (const event of this.#service.watch(id)) if (isTerminal(event.type)) return;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#service.close({ drainMs: 0 });
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

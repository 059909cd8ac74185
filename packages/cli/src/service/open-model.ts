// The service of a command that calls a model: the model in this process, or a server.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createHost, type HostOptions, type ModelService } from "@deepaas/core";
import { importModel } from "@deepaas/core/node";
import type { Workers } from "@deepaas/workers";
import { CliError } from "../cli-error.ts";
import { chooseModel } from "../models/choose-models.ts";
import type { ModelSource } from "../models/model-source.ts";
import { openDataDir } from "../serve/data-dir.ts";
import type { ClientSettings } from "../settings/client-settings.ts";

import { connect } from "./connect.ts";

export interface OpenedModel extends AsyncDisposable {
  readonly service: ModelService;
  /** The name under which `service` has it. */
  readonly model: string;
  /** Absent: the model is in this process. */
  readonly url: string | undefined;
}

/**
 * How the data directory is used. "keep": the model's runs and weights are kept there. "read": it is only read, for the weights
 * that are served. "none": nothing is kept, and the model has the weights that it is shipped with.
 */
export type StoreUse = "keep" | "read" | "none";

export interface ModelToOpen {
  /** A module, or the name of a model. Undefined: the only model. */
  readonly given: string | undefined;
  readonly configured: ReadonlyMap<string, string>;
  readonly store: StoreUse;
  /** True: in a process of its own, as a model in Python always is, so that a training can be cancelled whatever it does. */
  readonly isolated: boolean;
}

/** Closes the model and its store when it is disposed. Rejects if the model cannot be loaded, and `not_found` for an unknown one. */
export async function openModel(
  {
    url,
    token,
    dataDir,
    python,
  }: Pick<ClientSettings, "url" | "token" | "dataDir"> & { readonly python?: string | undefined },
  { given, configured, store, isolated }: ModelToOpen,
): Promise<OpenedModel> {
  if (url !== undefined) {
    const service = await connect({ url, token });
    return { service, model: given ?? (await onlyModel(service)), url, [Symbol.asyncDispose]: async () => {} };
  }
  const [model, from] = chooseModel({ given: given === undefined ? [] : [given], names: [], configured, python });
  using stack = new DisposableStack();
  let stores: Pick<HostOptions, "store" | "blobs"> = {};
  if (store === "keep") stores = await storesIn(stack.use(openDataDir(dataDir)));
  else if (store === "read") stores = await servedWeights(dataDir);
  const source =
    isolated || typeof from !== "string"
      ? { executor: await isolatedModel(model, from) }
      : { models: { [model]: await importModel(from) } };
  const host = await createHost({ ...source, ...stores });
  const owned = stack.move();
  return {
    service: host,
    model,
    url: undefined,
    async [Symbol.asyncDispose]() {
      await host.close({ drainMs: 0 });
      owned.dispose();
    },
  };
}

async function isolatedModel(model: string, source: ModelSource): Promise<Workers> {
  const { workers } = await import("@deepaas/workers");
  return workers({ modules: { [model]: source }, predict: 1, train: 1, shared: true });
}

interface StoreFiles {
  readonly store: string;
  readonly blobs: string;
}

async function storesIn({ store, blobs }: StoreFiles, readOnly = false) {
  const { directoryBlobs, sqliteStore } = await import("@deepaas/sqlite");
  return { store: sqliteStore({ path: store, readOnly }), blobs: directoryBlobs({ path: blobs }) };
}

/** Returns nothing if nothing was kept yet. */
async function servedWeights(dataDir: string) {
  const store = join(dataDir, "runs.db");
  return existsSync(store) ? storesIn({ store, blobs: join(dataDir, "blobs") }, true) : {};
}

async function onlyModel(service: ModelService): Promise<string> {
  const names = (await service.models()).map(({ servedAs }) => servedAs);
  const [only] = names;
  if (only !== undefined && names.length === 1) return only;
  throw new CliError("invalid_args", `the server has the models ${names.join(", ")}; name one`);
}

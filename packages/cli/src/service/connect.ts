// Connects to a server, and says clearly if there is none.
import { type ConnectedService, connectRest } from "@deepaas/client";
import { DeepaasError } from "@deepaas/core";
import { CliError } from "../cli-error.ts";

export interface ServerAddress {
  readonly url: string;
  /** API key or token. */
  readonly token?: string | undefined;
}

/** Rejects `unavailable` with the URL if no server answers there. */
export async function connect({ url, token }: ServerAddress): Promise<ConnectedService> {
  const service = connectRest(url, { headers: authorization(token) });
  try {
    await service.status();
  } catch (error) {
    if (!DeepaasError.is(error) || error.code !== "unavailable") throw error;
    throw new CliError("unavailable", `no server answers at ${url}`, {
      hint: "start it with deepaas run, or correct --url",
      cause: error,
    });
  }
  return service;
}

export function authorization(token: string | undefined): Readonly<Record<string, string>> {
  return token === undefined ? {} : { Authorization: `Bearer ${token}` };
}

// Connects to a server, and says clearly if there is none.
import { type ConnectedService, connectRest } from "@deepaas/client";
import { DeepaasError } from "@deepaas/core";
import { CliError } from "../cli-error.ts";

/** Rejects `unavailable` with the URL if no server answers there. */
export async function connect(url: string): Promise<ConnectedService> {
  const service = connectRest(url);
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

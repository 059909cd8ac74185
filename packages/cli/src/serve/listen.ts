import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { CliError } from "../cli-error.ts";
import type { RunSettings } from "../settings/run-settings.ts";
import { hostInUrl } from "./checked-address.ts";

export async function listen(
  server: Server,
  { listenIp, listenPort }: Pick<RunSettings, "listenIp" | "listenPort">,
): Promise<void> {
  try {
    server.listen({ host: listenIp, port: listenPort });
    await once(server, "listening");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const place = `port ${listenPort} at ${listenIp}`;
    if (code === "EADDRINUSE")
      throw new CliError("failed_precondition", `${place} is in use; choose another with --listen-port`);
    if (code === "EACCES")
      throw new CliError("failed_precondition", `${place}: permission denied; choose another with --listen-port`);
    throw new CliError("failed_precondition", `cannot listen on ${listenIp}: ${message}`);
  }
}

/** Returns the URL of a listening server, without a slash at its end. */
export function urlOf(server: Server, settings: Pick<RunSettings, "listenIp" | "basePath" | "tlsCert">): string {
  const { listenIp, basePath, tlsCert } = settings;
  const { port } = server.address() as AddressInfo;
  return `http${tlsCert === undefined ? "" : "s"}://${hostInUrl(listenIp)}:${port}${basePath.replace(/\/+$/, "")}`;
}

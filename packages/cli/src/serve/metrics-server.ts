// The port of `--metrics-port`: plain HTTP with one path, for a network that only the operator reaches.
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { errorText } from "@deepaas/core";
import { routes } from "@deepaas/protocol";
import { CliError } from "../cli-error.ts";
import { hostInUrl } from "./checked-address.ts";

export interface MetricsPlace {
  readonly ip: string;
  /** 0: any free port. */
  readonly port: number;
  readonly contentType: string;
}

export interface MetricsServer {
  readonly url: string;
  close(): void;
}

/** `render` returns the text. Throws if it cannot listen. */
export async function serveMetrics(
  render: () => Promise<string>,
  { ip, port, contentType }: MetricsPlace,
): Promise<MetricsServer> {
  const { path } = routes.metrics;
  const server = createServer((request, response) => {
    request.resume();
    const { method, url = "" } = request;
    if (url.split("?", 1)[0] !== path) {
      end(response, 404, "404: Not Found");
      return;
    }
    if (method !== "GET" && method !== "HEAD") {
      response.setHeader("Allow", "GET,HEAD");
      end(response, 405, "405: Method Not Allowed");
      return;
    }
    response.setHeader("Cache-Control", "no-store");
    void render().then(
      (text) => {
        response.setHeader("Content-Type", contentType);
        end(response, 200, text);
      },
      // The server is closing.
      (error: unknown) => end(response, 503, `503: ${errorText(error)}`),
    );
  });
  try {
    server.listen({ host: ip, port });
    await once(server, "listening");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === "EADDRINUSE" ? "in use; choose another with --metrics-port" : message;
    throw new CliError("failed_precondition", `port ${port} at ${ip} for the metrics: ${reason}`);
  }
  return {
    url: `http://${hostInUrl(ip)}:${(server.address() as AddressInfo).port}${path}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function end(response: ServerResponse, status: number, text: string): void {
  if (!response.hasHeader("Content-Type")) response.setHeader("Content-Type", "text/plain; charset=utf-8");
  response.writeHead(status, { "Content-Length": Buffer.byteLength(text) }).end(text);
}

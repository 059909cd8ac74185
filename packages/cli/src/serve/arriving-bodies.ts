// The requests whose body is still arriving. A shutdown waits for them before the host refuses calls.
import type { IncomingMessage, Server, ServerResponse } from "node:http";

export interface ArrivingBodies {
  /** Resolves when the requests whose body is arriving now are answered, or after `ms` milliseconds. */
  settled(ms: number): Promise<void>;
  /** Resolves when the responses of all requests are closed, or after `ms` milliseconds. */
  closed(ms: number): Promise<void>;
}

export function arrivingBodies(server: Server): ArrivingBodies {
  const open = new Map<IncomingMessage, ServerResponse>();
  server.prependListener("request", (request, response) => {
    open.set(request, response);
    response.once("close", () => open.delete(request));
  });
  return {
    settled: (ms) =>
      allClosed(
        [...open].filter(([request]) => !request.complete).map(([, response]) => response),
        ms,
      ),
    closed: (ms) => allClosed([...open.values()], ms),
  };
}

async function allClosed(responses: readonly ServerResponse[], ms: number): Promise<void> {
  const closed = responses.map((response) => new Promise<void>((resolve) => response.once("close", resolve)));
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([Promise.all(closed), over]);
  clearTimeout(timer);
}

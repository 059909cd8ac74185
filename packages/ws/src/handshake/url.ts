import { invalidArgs } from "@deepaas/core";
import { runEventsPath } from "@deepaas/protocol";
import { rpcPath } from "@deepaas/protocol/rpc";
import type { WatchRequest } from "../watch-over-socket.ts";

const [beforeId = "", afterId = ""] = runEventsPath("~").split("~");

/** Returns the id of the run whose events `url` names, or undefined for another path. */
export function runIdIn(url: string, basePath: string): string | undefined {
  const [path = ""] = url.split("?", 1);
  const start = basePath + beforeId;
  const end = path.endsWith("/") ? `${afterId}/` : afterId;
  if (!path.startsWith(start) || !path.endsWith(end) || path.length <= start.length + end.length) return undefined;
  const id = path.slice(start.length, -end.length);
  if (id.includes("/")) return undefined;
  try {
    return decodeURIComponent(id);
  } catch {
    return undefined;
  }
}

export function isRpcUrl(url: string, basePath: string): boolean {
  const [path = ""] = url.split("?", 1);
  return path === basePath + rpcPath || path === `${basePath}${rpcPath}/`;
}

/** Throws `invalid_args` for an `after` that is not a whole number, or that occurs twice. */
export function afterIn(url: string): Pick<WatchRequest, "after"> {
  const query = url.includes("?") ? url.slice(url.indexOf("?")) : "";
  const given = new URLSearchParams(query).getAll("after");
  const [after] = given;
  if (after === undefined) return {};
  if (given.length > 1 || !/^\d{1,15}$/.test(after)) {
    throw invalidArgs("/after", "type", "after: Must be one whole number of at least 0.");
  }
  return { after: Number(after) };
}

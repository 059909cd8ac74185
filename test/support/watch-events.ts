// The events of a run as a client reads them, over SSE and over WebSocket.
import { once } from "node:events";
import type { RunEvent } from "@deepaas/core";
import { WebSocket } from "ws";

export async function eventsOverSse(url: string, runId: string): Promise<RunEvent[]> {
  const response = await fetch(`${url}/v2/runs/${runId}/events`, { headers: { accept: "text/event-stream" } });
  const text = await response.text();
  return text.split("\n").flatMap((line) => (line.startsWith("data: ") ? [JSON.parse(line.slice(6)) as RunEvent] : []));
}

export async function eventsOverWebSocket(url: string, runId: string, after?: number) {
  const cursor = after === undefined ? "" : `?after=${after}`;
  const ws = new WebSocket(`${url.replace("http", "ws")}/v2/runs/${runId}/events${cursor}`);
  const events: RunEvent[] = [];
  ws.on("message", (data) => events.push(JSON.parse(String(data)) as RunEvent));
  const [code] = (await once(ws, "close")) as [number, Buffer];
  return { events, code };
}

// The connection that listens: tells other nodes which runs and models have changed, and hears it from them.
import { setTimeout as sleep } from "node:timers/promises";
import { Turns } from "@deepaas/core/ports";
import { Client } from "pg";
import { columnTypes, endOf, queryTimeoutMs } from "./database.ts";

/** A notification that is lost is made up for by the next check. */
const checkEveryMs = 3_000;
/** PostgreSQL refuses 8,000 bytes. */
const maxPayloadBytes = 7_500;
const reconnectMs = [50, 200, 500, 1_000];

/** Sent to all nodes, also to the one that sends it. */
interface Message {
  /** Of the process that sent it. */
  readonly from: string;
  readonly runs: readonly string[];
  readonly models: readonly string[];
}

export interface ListenerOptions {
  readonly url: string;
  /** The name of the channel. */
  readonly channel: string;
  readonly onRun: (runId: string) => void;
  readonly onModel: (model: string) => void;
  /** Called every 3 seconds and after each new connection, with this connection. It wakes what has changed without a notification. */
  readonly check: (query: Query) => Promise<void>;
}

export type Query = <R>(sql: string, values: readonly unknown[]) => Promise<readonly R[]>;

export class Listener {
  readonly #options: ListenerOptions;
  readonly #name = crypto.randomUUID();
  readonly #closing = new AbortController();
  /** The driver takes one query at a time. */
  readonly #queries = new Turns();
  #client: Client | undefined;
  #runs = new Set<string>();
  #models = new Set<string>();
  #sending: Promise<void> | undefined;
  #connecting: Promise<void> | undefined;

  constructor(options: ListenerOptions) {
    this.#options = options;
  }

  /** Resolves when it listens. Rejects if it cannot connect the first time; later it connects again by itself. */
  async start(): Promise<void> {
    await this.#connect();
    this.#connecting = this.#keepConnected();
  }

  /** Tells the other nodes, soon. Never fails: without a connection they learn it from their check. */
  runChanged(runId: string): void {
    this.#runs.add(runId);
    this.#send();
  }

  modelChanged(model: string): void {
    this.#models.add(model);
    this.#send();
  }

  async close(): Promise<void> {
    while (this.#sending) await this.#sending;
    this.#closing.abort();
    await this.#connecting;
  }

  /** One at a time: what changes meanwhile is sent together. */
  #send(): void {
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined;
      if (this.#client && this.#runs.size + this.#models.size > 0) this.#send();
    });
  }

  async #sendAll(): Promise<void> {
    // All that changes in this turn of the event loop is one message.
    await new Promise(setImmediate);
    const client = this.#client;
    const [runs, models] = [[...this.#runs], [...this.#models]];
    this.#runs = new Set();
    this.#models = new Set();
    try {
      for (const payload of payloads(this.#name, { runs, models })) {
        await this.#query(client, "SELECT pg_notify($1, $2)", [this.#options.channel, payload]);
      }
    } catch {
      // A connection that fails ends, and is made again.
      if (client) await endOf(client);
    }
  }

  async #connect(): Promise<void> {
    const { url, channel, onRun, onModel } = this.#options;
    const client = new Client({
      connectionString: url,
      connectionTimeoutMillis: queryTimeoutMs / 2,
      query_timeout: queryTimeoutMs / 2,
      keepAlive: true,
      types: columnTypes,
      application_name: "deepaas listener",
    });
    client.on("error", () => {});
    client.on("notification", ({ payload = "" }) => {
      const { from, runs, models } = messageFrom(payload);
      if (from === this.#name) return;
      for (const runId of runs) onRun(runId);
      for (const model of models) onModel(model);
    });
    try {
      await client.connect();
      await client.query(`LISTEN "${channel}"`);
    } catch (error) {
      await endOf(client);
      throw error;
    }
    this.#client = client;
  }

  async #keepConnected(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      await this.#checkUntilEnd();
      this.#client = undefined;
      for (let tries = 0; !this.#client && !this.#closing.signal.aborted; tries++) {
        await this.#connect().catch(() => this.#pause(reconnectMs[Math.min(tries, reconnectMs.length - 1)] as number));
      }
    }
    // It was made while it was closed.
    if (this.#client) await endOf(this.#client);
  }

  /** Checks are also what shows that the connection is alive. */
  async #checkUntilEnd(): Promise<void> {
    const client = this.#client as Client;
    const ended = new AbortController();
    client.once("end", () => ended.abort());
    const query: Query = (sql, values) => this.#query(client, sql, values);
    while (!ended.signal.aborted && !this.#closing.signal.aborted) {
      try {
        await this.#options.check(query);
      } catch {
        break;
      }
      await this.#pause(checkEveryMs, ended.signal);
    }
    await endOf(client);
  }

  #query<R>(client: Client | undefined, sql: string, values: readonly unknown[]): Promise<readonly R[]> {
    const work = async (): Promise<readonly R[]> => (client ? (await client.query(sql, [...values])).rows : []);
    return this.#queries.run("", work);
  }

  /** Not all nodes at the same moment. */
  async #pause(ms: number, signal?: AbortSignal): Promise<void> {
    const signals = signal ? [this.#closing.signal, signal] : [this.#closing.signal];
    await sleep(ms * (0.8 + Math.random() * 0.4), undefined, { signal: AbortSignal.any(signals), ref: false }).catch(
      () => {},
    );
  }
}

/** Somebody else may use the channel. */
function messageFrom(payload: string): Message {
  const message: Partial<Record<keyof Message, unknown>> = Object(jsonFrom(payload));
  return { from: String(message.from), runs: textsFrom(message.runs), models: textsFrom(message.models) };
}

function jsonFrom(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function textsFrom(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}

function* payloads(from: string, changes: Omit<Message, "from">): Generator<string> {
  for (const kind of ["runs", "models"] as const) {
    let part: string[] = [];
    let bytes = 0;
    for (const name of changes[kind]) {
      const size = Buffer.byteLength(JSON.stringify(name)) + 1;
      if (part.length > 0 && bytes + size > maxPayloadBytes) {
        yield JSON.stringify({ from, [kind]: part });
        part = [];
        bytes = 0;
      }
      part.push(name);
      bytes += size;
    }
    if (part.length > 0) yield JSON.stringify({ from, [kind]: part });
  }
}

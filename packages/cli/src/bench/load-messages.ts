// The messages between `deepaas bench` and the process that makes the load.

export interface Load {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Each has a connection, and sends its next call when the one before is answered. */
  readonly callers: number;
  /** Time before the measurement. */
  readonly warmUpMs: number;
  readonly ms: number;
}

export type ToLoad = { readonly type: "start"; readonly load: Load } | { readonly type: "stop" };

export interface Loaded {
  /** Time of the measurement. */
  readonly ms: number;
  /** Of calls that succeeded, see `Latencies`. */
  readonly counts: readonly number[];
  /** By the code of the error, such as `overloaded`, or what happened to the connection, such as `ECONNREFUSED`. */
  readonly errors: Readonly<Record<string, number>>;
  /** User and system time of this process. */
  readonly cpuMs: number;
}

export type FromLoad = { readonly type: "measuring" } | { readonly type: "loaded"; readonly loaded: Loaded };

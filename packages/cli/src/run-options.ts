/** The options of `deepaas run`, as parsed. */
export interface RunCommandOptions {
  readonly listenIp: string;
  readonly listenPort: number;
  readonly insecure: boolean;
  readonly basePath: string;
  readonly clientMaxSize: number;
  readonly rawPredictions: boolean;
  readonly drainSeconds: number;
  readonly logLevel: string;
  readonly workers: number;
  readonly trainWorkers: number;
  readonly sharedWorkers: boolean;
  readonly inline: boolean;
  readonly debugEndpoint: boolean;
  readonly dataDir: string;
  /** False with `--no-store`. */
  readonly store: boolean;
  readonly keepRuns: number;
  readonly keepDays?: number;
  readonly maxBytes?: number;
}

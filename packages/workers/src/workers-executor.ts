// What `workers()` returns.
import type { Executor } from "@deepaas/core/ports";
import type { FilesByModel } from "./messages.ts";

export interface Workers extends Executor {
  /**
   * Returns the last lines that the models printed, inside and outside of calls, and how many lines were dropped: at most
   * 1,000 lines and 1,048,576 characters, also after `close`. It does not need `this`: pass it to `rest` or `createServer`
   * as `debugOutput`, and `/v2/debug/` returns these lines.
   */
  readonly debugOutput: () => string;
  /** The ids of the worker processes that run now. */
  pids(): readonly number[];
  /**
   * The files that the last `warm` or `reloadCode` loaded, also if it failed: of each model its module and what that
   * imports from outside of `node_modules`. Empty without the option `reportFiles`.
   */
  files(): FilesByModel;
}

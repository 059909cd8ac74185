// What importing, warming and looking at a model in a process of its own finds.

import { totalmem } from "node:os";
import { constrainedMemory } from "node:process";
import { duration, type Finding, mebibytes, ok, skipped } from "./finding.ts";
import type { IsolationReply, Measured, MemberFault } from "./probe-messages.ts";
import type { Reply } from "./probe-process.ts";

/** Calls of one question, and one for each list or object among the arguments. */
const callsOfIsolation = 10;
/** CPU time of an import, in milliseconds, beyond which it is not cheap. */
export const cheapImportMs = 2_000;

export function importFindings(reply: Reply<"import">): readonly Finding[] {
  if (!reply.ok) return [importFault(reply.fault)];
  const { ms, cpuMs } = reply.value;
  const text = `${duration(ms)}, ${duration(cpuMs)} of CPU`;
  const cost: Finding =
    cpuMs > cheapImportMs
      ? {
          check: "import",
          status: "warning",
          place: "",
          message: `not cheap: ${text}`,
          hint: "load the weights in warm: every worker imports the module before it can say anything",
        }
      : ok("import", text);
  return [cost, ...noise(reply.printed, "while it is imported")];
}

/** A module with a faulty model was imported; another fault is one of the import itself. */
function importFault({ member, message }: MemberFault): Finding {
  const isContract = member !== "" || / (?:it has|its constructor|a model must be an object)/.test(message);
  const hint = isContract ? "see the members of a model in the README of @deepaas/core" : "deepaas run would not start";
  return { check: isContract ? "contract" : "import", status: "error", place: member, message, hint };
}

export function warmFindings(reply: Reply<"warm">): readonly Finding[] {
  if (!reply.ok) {
    const { message } = reply.fault;
    const hint = "a server would not start; warm loads the shipped weights if published is undefined";
    return [{ check: "warm", status: "error", place: "warm", message, hint }];
  }
  const { has, ms, cpuMs } = reply.value;
  const text = has ? `${duration(ms)}, ${duration(cpuMs)} of CPU` : "the model has no warm";
  return [ok("warm", text), memoryFinding(reply.value), ...noise(reply.printed, "in warm")];
}

/** A server has a process that predicts and one that trains. `available`: bytes of memory. */
export function memoryFinding(
  { rssBytes }: Pick<Measured, "rssBytes">,
  available: number = availableMemory(),
): Finding {
  const text = `${mebibytes(rssBytes)} after warm`;
  if (2 * rssBytes <= available) return ok("memory", text);
  return {
    check: "memory",
    status: "warning",
    place: "",
    message: `${text}; two processes need more than the ${mebibytes(available)} of this machine`,
    hint: "serve it with --shared-workers, which has one copy of the weights",
  };
}

function availableMemory(): number {
  const limit = constrainedMemory();
  // A process without a limit has one that is larger than any machine, or 0.
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

/** Returns a warning if lines were printed. */
export function noise(lines: readonly string[], when: string): readonly Finding[] {
  const [first] = lines;
  if (first === undefined) return [];
  const count = lines.length === 1 ? "a line" : `${lines.length} lines`;
  const shown = first.length > 60 ? `${first.slice(0, 60)}…` : first;
  return [
    {
      check: "output",
      status: "warning",
      place: "",
      message: `prints ${count} on stdout ${when}: ${shown}`,
      hint: "remove it; in a training run.log writes to the log of the run",
    },
  ];
}

/** `alone`: what the calls did in a worker, one at a time. */
export function isolationFindings(
  reply: Reply<"isolate">,
  alone: { readonly longestMs: number; readonly isSound: boolean; readonly timeoutMs: number },
): readonly Finding[] {
  if (!reply.ok) {
    const { longestMs, isSound, timeoutMs } = alone;
    if (!isSound) return [skipped("isolation", "there are calls that fail by themselves")];
    if (longestMs * callsOfIsolation > timeoutMs) {
      return [skipped("isolation", `${callsOfIsolation} calls take too long; --timeout gives them more time`)];
    }
    const hint = "with --inline, calls run at the same time; so do those of a batch";
    const message = `fails in the process of another call: ${reply.fault.message}`;
    return [{ check: "isolation", status: "error", place: "predict", message, hint }];
  }
  const { value, printed } = reply;
  return [isolationFinding(value), argumentsFinding(value), ...noise(printed, "in predict")];
}

function isolationFinding({ mixes, leaks, repeats, differs }: IsolationReply): Finding {
  const hint = "keep what belongs to one call in local variables, not in the model or the module";
  const fault = (message: string): Finding => ({
    check: "isolation",
    status: "error",
    place: "predict",
    message,
    hint,
  });
  if (leaks) return fault("a result has the text of another call");
  if (mixes) return fault("a call that runs beside another one returns something else");
  if (!differs) return skipped("isolation", "no argument can differ, or it has no effect");
  return ok("isolation", repeats ? "calls do not see each other" : "equal calls differ, so only texts were compared");
}

function argumentsFinding({ changed }: IsolationReply): Finding {
  if (changed === undefined) return ok("arguments", "predict leaves its arguments as they are");
  return {
    check: "arguments",
    status: "warning",
    place: `predict ${changed}`,
    message: "predict changes this argument, which is an object of the caller",
    hint: "work on a copy, such as structuredClone or toSorted",
  };
}

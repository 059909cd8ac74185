// The process in which `deepaas check` looks at a model: it answers one question after the other. Whatever the model does to
// its process, the command goes on.
import { Worker } from "node:worker_threads";
import { errorText, type Model } from "@deepaas/core";
import { importModel } from "@deepaas/core/node";
import { warmModel } from "@deepaas/core/ports";
import { declared } from "./declared.ts";
import { firstAccepted, isolation } from "./isolation.ts";
import {
  type Answer,
  type Answers,
  type Measured,
  type MemberFault,
  neverSettles,
  type Question,
} from "./probe-messages.ts";

// Before the model can replace it.
const write = process.stdout.write.bind(process.stdout);
const send = process.send?.bind(process);
// A model that sends messages, for a process manager, must not answer questions.
delete process.send;
const mark = process.argv[2] as string;
let model: Model | undefined;

const guard = new Worker(new URL("./probe-guard.js", import.meta.url));
const guardIsWatching = new Promise((resolve) => guard.once("message", resolve));
process.on("unhandledRejection", (reason) =>
  process.stderr.write(`unhandled promise rejection: ${errorText(reason)}\n`),
);
process.on("message", (question: Question) => void answerTo(question));
// While a question is open only the model keeps the process alive: a promise of it that nothing can settle ends the process.
const channel = process.channel;

const onNothingLeft = () => process.exit(neverSettles);

async function answerTo(question: Question): Promise<void> {
  await guardIsWatching;
  guard.unref();
  channel?.unref();
  process.once("beforeExit", onNothingLeft);
  const answer = await outcomeOf(question);
  process.off("beforeExit", onNothingLeft);
  channel?.ref();
  await new Promise<void>((resolve) => write(`\n${mark}\n`, () => resolve()));
  send?.(answer);
}

async function outcomeOf(question: Question): Promise<Answer> {
  try {
    return { ok: true, value: await valueFor(question) };
  } catch (error) {
    return { ok: false, fault: faultFrom(question.ask, error) };
  }
}

async function valueFor(question: Question): Promise<Answers[keyof Answers]> {
  if (question.ask === "import") {
    return measured(async () => {
      model = await importModel(question.path);
    });
  }
  const one = model as Model;
  switch (question.ask) {
    case "warm": {
      const { signal } = new AbortController();
      const cost = await measured(() => warmModel("model", one, { published: undefined, signal }));
      return { ...cost, has: one.warm !== undefined };
    }
    case "declare":
      return declared(one);
    case "choose":
      return firstAccepted(one, question);
    case "isolate":
      return isolation(one, question);
  }
}

async function measured(work: () => Promise<void>): Promise<Measured> {
  const [startedAt, cpuBefore] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(cpuBefore);
  return { ms: performance.now() - startedAt, cpuMs: (user + system) / 1_000, rssBytes: process.memoryUsage.rss() };
}

function faultFrom(ask: Question["ask"], error: unknown): MemberFault {
  const { cause } = error as { readonly cause?: unknown };
  const member = (cause as { readonly member?: unknown } | undefined)?.member;
  if (ask === "warm") return { member: "warm", pointer: "", message: errorText(cause ?? error) };
  return { member: typeof member === "string" ? member : "", pointer: "", message: errorText(error) };
}

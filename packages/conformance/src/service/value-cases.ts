// Checks the table of values for arguments, results, stream items and the results of trainings.
import assert from "node:assert/strict";
import { DeepaasError, isModelFile, type JsonValue, type ModelService } from "@deepaas/core";
import { rejection } from "../expect.ts";
import { kindNames, kindOf } from "../models/values.ts";
import type { ServiceDraft } from "./subject.ts";
import { ended } from "./training.ts";

/** Kinds that an async function cannot return as they are. */
const awaited: ReadonlySet<string> = new Set(["promise"]);

export const valueCases: readonly ServiceDraft[] = [
  {
    title: "each kind of value inside an argument becomes what the table says",
    cites: ["value.argument"],
    models: ["echo"],
    async run({ service }) {
      for (const name of kindNames) {
        const { make, becomes, refused, pointer = "" } = kindOf(name);
        const call = () => service.predict("echo", { text: "x", anything: { in: make() } });
        if (refused === undefined)
          assertSame(((await call()) as { anything: JsonValue }).anything, { in: becomes }, name);
        else
          await refusal(call(), {
            code: "invalid_args",
            pointer: cut(`/anything/in${pointer}`),
            message: refused,
            name,
          });
      }
    },
  },
  {
    title: "a file as a whole argument, or as an item of a list of files, is a file",
    cites: ["value.argument"],
    models: ["echo"],
    async run({ service }) {
      for (const name of kindNames.filter((one) => kindOf(one).isFile)) {
        const { make } = kindOf(name);
        const answer = (await service.predict("echo", {
          text: "x",
          file: make(),
          anything: make(),
          files: [make()],
        })) as {
          readonly file: { readonly text: string };
          readonly anything: { readonly text: string };
          readonly files: readonly { readonly text: string }[];
        };
        assert.deepEqual([answer.file.text, answer.anything.text, answer.files[0]?.text], ["ab", "ab", "ab"], name);
        const mixed = service.predict("echo", { text: "x", anything: [make(), 1] });
        await refusal(mixed, { code: "invalid_args", pointer: "/anything/1", message: "Must be a file.", name });
      }
    },
  },
  {
    title: "each kind of value becomes what the table says in a result, as the whole and inside",
    cites: ["value.result"],
    models: ["values"],
    async run({ service }) {
      await eachPlace((kind, nested) => service.predict("values", { kind, nested }), { whole: "file" });
    },
  },
  {
    title: "each kind of value becomes what the table says in a stream item, as the whole and inside",
    cites: ["value.item"],
    models: ["values"],
    async run({ service }) {
      await eachPlace(async (kind, nested) => {
        const [item] = await Array.fromAsync(service.predictStream("values", { kind, nested }));
        return item ?? null;
      }, {});
    },
  },
  {
    title: "each kind of value becomes what the table says in the result of a training, as the whole and inside",
    cites: ["value.trained"],
    models: ["values"],
    async run({ service }) {
      await eachPlace((kind, nested) => resultOfTraining(service, { kind, nested }), { trained: true });
    },
  },
];

interface Places {
  /** The form of a file that is the whole value. */
  readonly whole?: "file";
  readonly trained?: true;
}

async function eachPlace(
  call: (kind: string, nested: boolean) => Promise<unknown>,
  { whole, trained }: Places,
): Promise<void> {
  for (const name of kindNames) {
    const kind = kindOf(name);
    const becomes = trained && kind.trained !== undefined ? kind.trained : kind.becomes;
    for (const nested of [true, false]) {
      if (!nested && awaited.has(name)) continue;
      if (!nested && kind.isFile && whole === "file") {
        const file = await call(name, nested);
        assert.ok(isModelFile(file), name);
        assert.equal(await file.text(), "ab", name);
      } else if (becomes !== undefined) {
        assertSame(await call(name, nested), nested ? { in: becomes } : becomes, name);
      } else {
        const pointer = cut(`${nested ? "/in" : ""}${kind.pointer ?? ""}`);
        const message = kind.refused as string;
        await refusal(call(name, nested), { code: "invalid_response", pointer, message, name });
      }
    }
  }
}

async function resultOfTraining(service: ModelService, args: object): Promise<unknown> {
  const { id } = await service.train("values", args);
  const { run } = await ended(service, id);
  if (run.error) throw DeepaasError.from(run.error);
  return run.result;
}

/** A value is followed 200 levels deep. */
function cut(pointer: string): string {
  return pointer.split("/").slice(0, 201).join("/");
}

function assertSame(actual: unknown, expected: unknown, name: string): void {
  // As text: an own `__proto__` is a member, and `-0` is not `0`.
  assert.equal(Object.is(actual, -0) ? "-0" : JSON.stringify(actual), JSON.stringify(expected), name);
}

interface Refusal {
  readonly code: "invalid_args" | "invalid_response";
  readonly pointer: string;
  readonly message: string;
  readonly name: string;
}

async function refusal(call: Promise<unknown>, { code, pointer, message, name }: Refusal): Promise<void> {
  const { issues } = await rejection(call, code).catch((error: unknown) => {
    throw new Error(`${name}: ${String(error)}`, { cause: error });
  });
  assert.deepEqual(
    issues?.map((issue) => [issue.pointer, issue.message]),
    [[pointer, message]],
    name,
  );
}

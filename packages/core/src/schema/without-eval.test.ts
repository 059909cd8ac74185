import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";

test("validation works under a policy that forbids eval", async () => {
  const script = `
    import { createHost, Type } from ${JSON.stringify(new URL("../index.ts", import.meta.url).href)};
    try { new Function(""); throw new Error("eval is allowed"); } catch (error) { if (!(error instanceof EvalError)) throw error; }
    const host = await createHost({ models: { m: { getPredictArgs: () => ({ n: Type.Integer({ minimum: 1 }) }), predict: ({ n }) => n } } });
    const refused = await host.predict("m", { n: 0 }).catch((error) => error.issues[0].pointer);
    console.log(JSON.stringify([await host.predict("m", { n: 1 }), refused]));
  `;
  const flags = ["--disallow-code-generation-from-strings", "--input-type=module", "--eval", script];
  const { stdout } = await promisify(execFile)(process.execPath, flags);
  expect(JSON.parse(stdout)).toEqual([1, "/n"]);
});

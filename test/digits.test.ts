import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { serveDeepaas } from "./support/deepaas.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("..", import.meta.url));

interface Answer {
  readonly status: string;
  readonly predictions: readonly { readonly label: string; readonly probability: number }[];
}

test("the digits example classifies a picture that curl uploads", async () => {
  await using served = await serveDeepaas(["examples/digits/digits.ts"], { cwd: root });
  const ask = async (file: string) => {
    const address = `${served.url}/v2/models/digits/predict/`;
    const { stdout } = await run("curl", ["-sf", "-F", `image=@examples/digits/${file}`, "-F", "top=2", address], {
      cwd: root,
    });
    return JSON.parse(stdout) as Answer;
  };
  const { status, predictions } = await ask("7.png");
  expect(status).toBe("OK");
  expect(predictions).toHaveLength(2);
  expect(predictions[0]).toMatchObject({ label: "7" });
  expect((await ask("fixtures/3-round-felt-pen.png")).predictions[0]?.label).toBe("3");
});

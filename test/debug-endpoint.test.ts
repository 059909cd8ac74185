import { expect, test } from "vitest";
import { serveDeepaas } from "./support/deepaas.ts";
import { tempFolder } from "./support/temp-folder.ts";

const chatty = `
console.log("imported");
export const predict = () => { console.log("predicting"); console.error("with a warning"); return 1; };
export const train = () => { console.log("training"); };
`;

test("--debug-endpoint shows at /v2/debug/ what the models print; without it the page is empty", async () => {
  using folder = tempFolder({ "chatty.mjs": chatty });
  for (const shown of [true, false]) {
    const options = shown ? ["--debug-endpoint"] : [];
    await using served = await serveDeepaas(["chatty.mjs", ...options], { cwd: folder.path });
    await fetch(`${served.url}/v2/models/chatty/predict/`, { method: "POST" });
    await fetch(`${served.url}/v2/models/chatty/train/`, { method: "POST" });
    const debug = async () => {
      const answer = await fetch(`${served.url}/v2/debug/`);
      return [answer.status, await answer.text()];
    };
    if (!shown) {
      // It has been printed by then, and logged.
      await expect.poll(() => served.said.stderr).toContain("with a warning");
      expect(await debug()).toEqual([204, ""]);
      continue;
    }
    for (const line of ["imported", "predicting", "with a warning", "training"]) {
      await expect.poll(debug).toEqual([200, expect.stringMatching(new RegExp(`^${line}$`, "m"))]);
    }
  }
});

// deepaas_ui, the page of the AI4OS platform, in front of a model in Python and of the same one in TypeScript.
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { serveDeepaas } from "./support/deepaas.ts";
import { DeepaasUi, type Tab } from "./support/deepaas-ui.ts";
import { tempFolder } from "./support/temp-folder.ts";

const variable = "DEEPAAS_MARSHMALLOW_3_PYTHON";
const python = process.env[variable];
const models = [
  { name: "deepaas-ui-model.ts", url: new URL("./support/deepaas-ui-model.ts", import.meta.url), isSkipped: false },
  {
    name: `deepaas_ui_model.py (needs ${variable}, a Python with marshmallow, webargs and aiohttp)`,
    url: new URL("./support/deepaas_ui_model.py", import.meta.url),
    isSkipped: python === undefined && !process.env.CI,
  },
];

for (const { name, url, isSkipped } of models) {
  test.skipIf(isSkipped)(`deepaas_ui makes its inputs and outputs, and calls ${name}`, async () => {
    using folder = tempFolder();
    await using served = await serveDeepaas([fileURLToPath(url)], {
      cwd: folder.path,
      env: { DEEPAAS_PYTHON: python },
    });
    const ui = await DeepaasUi.open(`${served.url}/`);
    const [json, png] = ui.tabs as readonly [Tab, Tab];
    const inputs = {
      ...{ text: "Textbox", choice: "Dropdown one two", count: "Number", range: "Slider", ratio: "Number" },
      ...{ on: "Checkbox", dict: "Textbox", list: "Textbox", anything: "Textbox", image: "Image", audio: "Audio" },
    };
    const outputs = {
      ...{ text: "Textbox", choice: "Textbox", count: "Number", range: "Number", ratio: "Number", on: "Textbox" },
      ...{ dict: "JSON", list: "Textbox", anything: "Textbox", image: "Image", name: "Textbox" },
      "classification scores": "Label",
    };
    const shown = { inputs, title: "Pictures", footer: "A, B; Looks at pictures." };
    expect(ui.tabs).toEqual([
      { ...shown, mime: "application/json", outputs },
      { ...shown, mime: "image/png", outputs: { "": "image/png" } },
    ]);

    const image = new File(["pixels"], "/folder/cat.png", { type: "image/png" });
    const others = { ratio: 0.1, on: true, dict: { a: 0 }, list: [0.1, 0.2], anything: null };
    const defaults = { text: "some", choice: "two", count: 1, range: 50, ...others };
    const described = { image: btoa("pixels"), name: "cat.png image/png None" };
    const scores = { "classification scores": { cat: 0.75, dog: 0.25 } };
    expect(await ui.call(json, { image, text: "", count: 0 })).toEqual({ ...defaults, ...described, ...scores });
    const audio = new File(["sound"], "a.wav", { type: "audio/x-wav" });
    const given = { text: "ä", choice: "one", count: 7, range: 100, ratio: 2.5, on: false, dict: '{"b": [1]}' };
    expect(await ui.call(json, { ...given, list: "1, 2.5", anything: "x", image, audio })).toEqual({
      ...given,
      ...{ dict: { b: [1] }, list: [1, 2.5], anything: "x", image: btoa("pixels") },
      ...{ name: "cat.png image/png audio/x-wav", ...scores },
    });
    expect(await ui.call(png, { image })).toEqual(new TextEncoder().encode("pixels"));

    await expect(ui.call(json, {})).rejects.toThrow('{"image":["Missing data for required field."]}');
    const outside = '{"range":["Must be greater than or equal to 1 and less than or equal to 100."]}';
    await expect(ui.call(json, { image, range: 101 })).rejects.toThrow(outside);
    await expect(ui.call(json, { image, dict: "x" })).rejects.toThrow("Expecting value: line 1 column 1 (char 0)");
  });
}

import { once } from "node:events";
import { readdirSync } from "node:fs";
import { connect } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Served, serveDeepaas } from "./support/deepaas.ts";
import { type TempFolder, tempFolder } from "./support/temp-folder.ts";

const model = `
export const getPredictArgs = () => ({
  image: { type: "string", format: "binary" },
  n: { type: "integer", minimum: 1 },
});
export const predict = async ({ image, n }) => ({ length: (await image.text()).length, n });
export const getTrainArgs = () => ({ epochs: { type: "integer" } });
export const train = ({ epochs }) => epochs;
`;

const maxBytes = 20_000;
let folder: TempFolder;
let served: Served;

beforeAll(async () => {
  folder = tempFolder({ "model.mjs": model, "tmp/.keep": "" });
  served = await serveDeepaas(["model.mjs", "--inline", "--client-max-size", String(maxBytes)], {
    cwd: folder.path,
    env: { TMPDIR: `${folder.path}/tmp` },
  });
});
afterAll(async () => {
  await served[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const uploads = () =>
  readdirSync(`${folder.path}/tmp`)
    .filter((name) => name !== ".keep")
    .flatMap((name) => readdirSync(`${folder.path}/tmp/${name}`))
    .filter((name) => name !== "lock");

async function expectSound(): Promise<void> {
  await expect.poll(uploads).toEqual([]);
  const form = new FormData();
  form.set("n", "2");
  form.set("image", new Blob(["pixels"]));
  const answer = await fetch(`${served.url}/v2/models/model/predict/`, { method: "POST", body: form });
  expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining("6")]);
  await expect.poll(uploads).toEqual([]);
}

const json = (body: string) => ({ method: "POST", headers: { "content-type": "application/json" }, body });
const multipart = (body: string) => ({
  method: "POST",
  headers: { "content-type": "multipart/form-data; boundary=x" },
  body,
});
const form = (fields: Readonly<Record<string, string | Blob>>) => {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  return { method: "POST", body };
};
const filePart = `--x\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\n`;
const predict = "/v2/models/model/predict/";

test.each<[string, number, string, () => RequestInit]>([
  ["an unknown model", 404, "/v2/models/nobody/predict/", () => form({ n: "1", image: new Blob(["a"]) })],
  ["an unknown path", 404, "/v2/modles/", () => ({})],
  ["an unknown run", 404, "/v2/runs/nobody", () => ({})],
  ["the events of an unknown run", 404, "/v2/runs/nobody/events", () => ({})],
  ["a wrong method", 405, predict, () => ({ method: "PATCH" })],
  ["a missing argument", 422, predict, () => form({ n: "1" })],
  ["a wrong argument", 422, predict, () => form({ n: "many", image: new Blob(["a"]) })],
  ["an argument out of range", 422, predict, () => form({ n: "0", image: new Blob(["a"]) })],
  ["text for a file", 422, predict, () => json('{"n":1,"image":"text"}')],
  ["malformed JSON", 400, "/v2/models/model/train/", () => json('{"epochs":')],
  ["JSON that is no object", 422, "/v2/models/model/train/", () => json("[1]")],
  ["a truncated upload", 400, predict, () => multipart(`${filePart}half of a`)],
  [
    "a form without its boundary",
    400,
    predict,
    () => ({ ...multipart("x"), headers: { "content-type": "multipart/form-data" } }),
  ],
  ["a body over the limit", 413, predict, () => json(`{"n":${"1".repeat(maxBytes)}}`)],
  ["a file over the limit", 413, predict, () => form({ n: "1", image: new Blob([new Uint8Array(maxBytes * 5)]) })],
])("%s is answered with %i, and leaves the server and its temp folder as they were", async (_, status, path, init) => {
  const answer = await fetch(served.url + path, init());
  expect([answer.status, await answer.text()]).toEqual([status, expect.stringMatching(/./)]);
  await expectSound();
});

test("an upload whose client disconnects leaves no file", async () => {
  const socket = connect(served.port, "127.0.0.1");
  socket.on("error", () => {});
  await once(socket, "connect");
  const head = ["Host: localhost", "Content-Type: multipart/form-data; boundary=x", "Content-Length: 15000"];
  socket.write(`POST ${predict} HTTP/1.1\r\n${head.join("\r\n")}\r\n\r\n${filePart}${"a".repeat(10_000)}`);
  await expect.poll(uploads).not.toEqual([]);
  socket.resetAndDestroy();
  await expectSound();
});

test("bytes that are not HTTP are refused, and the server keeps running", async () => {
  const socket = connect(served.port, "127.0.0.1", () => socket.write("\x16\x03\x01 nonsense\r\n\r\n"));
  socket.on("error", () => {});
  expect(String((await once(socket, "data"))[0])).toMatch(/^HTTP\/1\.1 400 /);
  socket.destroy();
  await expectSound();
});

test("an id with a path in it is not a valid run id", async () => {
  for (const id of ["..%2f..%2fetc%2fpasswd", "%00", "a".repeat(10_000)]) {
    const answer = await fetch(`${served.url}/v2/runs/${id}`);
    expect([404, 422, 400]).toContain(answer.status);
    await answer.text();
  }
  await expectSound();
});

import { createHost, silentLogger } from "@deepaas/core";
import { expect, test } from "vitest";
import { rpcPeer } from "../testing/rpc-peer.ts";
import { serve } from "../testing/serve.ts";

test("WS-61: the weights version is beside the result, the error and the first item, where it is asked for", async () => {
  const m = {
    getPredictArgs: () => ({ fails: { type: "boolean", default: false } }),
    predict({ fails }: { fails: boolean }) {
      if (fails) throw new Error("It fails.");
      return 1;
    },
    async *predictStream() {
      yield 1;
      yield 2;
    },
  };
  await using host = await createHost({ models: { m } as never, logger: silentLogger });
  await host.addVersion("m", new Blob(["weights"]));
  await using served = await serve(host);
  const peer = await rpcPeer(served.port);
  const params = { model: "m", args: {}, weightsVersion: true };
  expect(await peer.call("predict", params, "a")).toEqual({ jsonrpc: "2.0", id: "a", result: 1, weightsVersion: 1 });
  expect(await peer.call("predict", { model: "m", args: {} }, "b")).toEqual({ jsonrpc: "2.0", id: "b", result: 1 });
  const failed = await peer.call("predict", { ...params, args: { fails: true } }, "c");
  expect(failed).toMatchObject({ id: "c", error: { data: { code: "internal" } }, weightsVersion: 1 });
  expect(await peer.call("predictStream", params, "s")).toEqual({ jsonrpc: "2.0", id: "s", result: null });
  const items = peer.texts.filter(({ method }) => method === "$/item").map((said) => said.params as object);
  expect(items).toEqual([
    { id: "s", item: 1, weightsVersion: 1 },
    { id: "s", item: 2 },
  ]);
  const wrong = await peer.call("predict", { ...params, weightsVersion: "yes" }, "d");
  expect(wrong.error?.data).toMatchObject({ code: "invalid_args", issues: [{ pointer: "/weightsVersion" }] });
});

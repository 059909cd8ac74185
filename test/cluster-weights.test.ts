// Which node serves which weights version, as an operator sees it.
import { join } from "node:path";
import { connectRest } from "@deepaas/client";
import { postgresMissing, startPostgres } from "@deepaas/conformance/servers";
import { expect, test } from "vitest";
import { newCluster } from "./support/cluster-nodes.ts";
import { tempFolder } from "./support/temp-folder.ts";
import { toolModel } from "./support/tool-model.ts";

test.skipIf(postgresMissing !== undefined)(
  "stats, descriptions and metrics of each node say which weights it serves, also of one that only trains (needs postgresql)",
  async () => {
    using folder = tempFolder({ "tool.mjs": toolModel });
    await using postgres = await startPostgres();
    await using cluster = newCluster({ store: postgres.url, models: [join(folder.path, "tool.mjs")] });
    const nodes = await Promise.all([
      cluster.start({ id: "a", role: "serve" }),
      cluster.start({ id: "b", role: "train", labels: ["gpu", "big"] }),
    ]);
    const shown = async ({ url }: { readonly url: string }) => {
      const service = connectRest(url);
      const { node, models } = await service.stats();
      const { metadata } = await service.describe("tool");
      const metrics = await (await fetch(`${url}/metrics`)).text();
      const lines = metrics.split("\n").filter((line) => /^deepaas_(?:node_info|weights_version)/.test(line));
      return { node: node?.id, versions: [models[0]?.weightsVersion, metadata.weightsVersion], lines };
    };
    const expected = (version: number) => [
      {
        node: "a",
        versions: [version, version],
        lines: [
          'deepaas_node_info{name="a",labels="",trains="false"} 1',
          `deepaas_weights_version{model="tool"} ${version}`,
        ],
      },
      {
        node: "b",
        versions: [version, version],
        lines: [
          'deepaas_node_info{name="b",labels="gpu,big",trains="true"} 1',
          `deepaas_weights_version{model="tool"} ${version}`,
        ],
      },
    ];
    expect(await Promise.all(nodes.map(shown))).toEqual(expected(0));
    const [a] = nodes;
    await connectRest((a as { readonly url: string }).url).train("tool", {}, { runId: "r" });
    await expect.poll(() => Promise.all(nodes.map(shown))).toEqual(expected(1));
  },
  60_000,
);

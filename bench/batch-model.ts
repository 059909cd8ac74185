// A model whose batch of up to 16 costs as much as one call, and the same without `predictBatch`.
import { createHost, Type } from "@deepaas/core";

const costMs = 2;
const fields = { n: Type.Number() };

async function cost(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, costMs));
}

const batched = {
  getPredictArgs: () => fields,
  async predictBatch(list: readonly { readonly n: number }[]) {
    await cost();
    return list.map(({ n }) => n * 2);
  },
};

const single = {
  getPredictArgs: () => fields,
  async predict({ n }: { readonly n: number }) {
    await cost();
    return n * 2;
  },
};

/** Returns the calls per second of `callers`, each of which calls again as soon as it has its response. */
export async function callsPerSecond(
  kind: "batched" | "single",
  { callers, calls }: { callers: number; calls: number },
): Promise<number> {
  // One execution at a time for both, as on a GPU.
  const model = kind === "batched" ? batched : single;
  await using host = await createHost({ models: { model }, limits: { concurrency: 1, maxBatch: 16 } });
  let left = calls;
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: callers }, async () => {
      while (left-- > 0) await host.predict("model", { n: 1 });
    }),
  );
  return (calls * 1000) / (performance.now() - startedAt);
}

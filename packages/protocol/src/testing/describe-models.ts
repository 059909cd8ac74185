import { createHost, type Model, type ModelDescription } from "@deepaas/core";

/** What a host says of these models. */
export async function describeModels(models: Readonly<Record<string, Model>>): Promise<readonly ModelDescription[]> {
  const host = await createHost({ models });
  try {
    return await Promise.all(Object.keys(models).map((name) => host.describe(name)));
  } finally {
    await host.close({ drainMs: 0 });
  }
}

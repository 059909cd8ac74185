// The example of packages/python/README.md; packages.test.ts runs this file where there is a Python.
// #region python
import { createHost } from "@deepaas/core";
import { workers } from "@deepaas/workers";

const modules = { roots: { module: "test/readme/python_model.py", runtime: "python" } } as const;
const host = await createHost({ executor: workers({ modules }) });
console.log(await host.predict("roots", { x: 9 }));
const { id } = await host.train("roots", {});
for await (const event of host.watch(id)) console.log(event.type);
await host.close();
// #endregion python

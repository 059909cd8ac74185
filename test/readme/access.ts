// The example of packages/core/README.md about access; packages.test.ts runs this file.
// #region access
import { createHost, withAccess } from "@deepaas/core";

const host = await createHost({
  models: {
    echo: { predict: (args: object) => args, train: () => ({ done: true }) },
    secret: { predict: () => 42 },
  },
});
// Serve this one, with any adapter. The host itself has no limits.
const service = withAccess(host);

const ann = { id: "ann", scopes: ["predict@echo", "train@echo"] };
const bob = { id: "bob", scopes: ["predict"] };
const { id } = await service.train("echo", {}, { caller: ann });
console.log((await service.models({ caller: ann })).map(({ servedAs }) => servedAs)); // [ 'echo' ]
for (const call of [
  () => service.predict("secret", {}, { caller: ann }),
  () => service.train("echo", {}, { caller: bob }),
  () => service.run(id, { caller: bob }),
  () => service.predict("echo", {}),
]) {
  await call().catch(({ code, message }) => console.log(code, message));
}
// not_found There is no model "secret".
// permission_denied The caller lacks the scope train or train@echo.
// not_found There is no run …
// unauthenticated Authentication required.
await host.close();
// #endregion access

// Policies, each broken in one way, with the requirement that it violates. Each gets the guarded service and the host behind it.
import { accessRules, type CallOptions, type ModelService } from "@deepaas/core";

type Damage = (guarded: ModelService, host: ModelService) => Partial<ModelService>;

/** Methods that forget to ask the policy. */
const forgotten = Object.entries(accessRules).flatMap(([method, rule]) => {
  const id = {
    nothing: undefined,
    service: "access.caller",
    model: "access.model",
    run: "access.run",
    runs: "access.list",
  };
  const violated = id[rule.on];
  if (violated === undefined) return [];
  const damage: Damage = (_guarded, host) => ({ [method]: host[method as keyof ModelService].bind(host) });
  return [[`forgets ${method}`, violated, damage] as const];
});

export const brokenAccess: readonly (readonly [what: string, id: string, damage: Damage])[] = [
  ...forgotten,
  [
    "shows another's run to whoever sends its arguments again",
    "access.id",
    (guarded, host) => ({
      async train(model, args, options) {
        await guarded.describe(model, options);
        return host.train(model, args, options);
      },
    }),
  ],
  [
    "removes runs from a page after it was read",
    "access.list",
    (guarded, host) => ({
      async runs(filter, options) {
        const page = await host.runs(filter, options);
        const mayRead = ({ id }: { id: string }) =>
          guarded.run(id, options).then(
            () => true,
            () => false,
          );
        const readable = await Promise.all(page.items.map(mayRead));
        return { ...page, items: page.items.filter((_run, i) => readable[i]) };
      },
    }),
  ],
  [
    "takes a run without an owner for everybody's",
    "access.nobody",
    (guarded, host) => ({
      async run(id, options) {
        const run = await host.run(id, options);
        return run.owner === undefined ? run : guarded.run(id, options);
      },
    }),
  ],
  [
    "says that another's run exists",
    "access.run",
    (guarded, host) => ({
      async run(id, options) {
        await host.run(id, options);
        return guarded.run(id, options).catch((error: Error) => {
          throw Object.assign(error, { message: "This run is not yours." });
        });
      },
    }),
  ],
  [
    "does not look at the credentials any more once a watch has begun",
    "access.ended",
    (guarded) => ({
      watch: (id, options) => guarded.watch(id, withoutSignal(options)),
    }),
  ],
  ["shows its reasons to everybody", "access.status", (_guarded, host) => ({ status: host.status.bind(host) })],
  [
    "makes grants for any time",
    "access.grant.invalid",
    (guarded) => ({ grant: (id, options) => guarded.grant(id, { ...options, seconds: 60 }) }),
  ],
];

function withoutSignal<T extends CallOptions>(options: T | undefined): T {
  const { caller, ...rest } = options ?? {};
  return { ...rest, ...(caller && { caller: { id: caller.id, scopes: caller.scopes ?? [] } }) } as T;
}

import { routes } from "@deepaas/protocol";
import type { Door, Entry } from "./door.ts";
import { writeJson } from "./write-json.ts";

interface Status {
  readonly state: string;
  readonly reasons: readonly string[];
}

/** For whoever watches over the process. A degraded service still answers calls: only one that is closing is not ready. */
export function healthRoutes({ service }: Door): readonly Entry[] {
  return [
    [routes.live, (ctx) => writeJson(ctx, { status: "live" })],
    [
      routes.ready,
      (ctx) => {
        const { status } = service as { status?: () => Status };
        const { state, reasons } = status?.call(service) ?? { state: "ready", reasons: [] };
        if (state === "closing") {
          ctx.status = 503;
          ctx.set("Retry-After", "1");
        }
        ctx.set("Cache-Control", "no-store");
        writeJson(ctx, { status: state, reasons });
      },
    ],
  ];
}

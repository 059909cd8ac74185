import { routes } from "@deepaas/protocol";
import type { Door, Entry } from "./door.ts";
import { writeJson } from "./write-json.ts";

/** For whoever watches over the process. A degraded service still answers calls: only one that is closing is not ready. */
export function healthRoutes({ service }: Door): readonly Entry[] {
  return [
    [routes.live, (ctx) => writeJson(ctx, { status: "live" })],
    [
      routes.ready,
      async (ctx) => {
        const { state, reasons } = await service.status();
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

// An observer that records the arguments of its hooks.
import type { AdapterObserver, ObservedRequest, RequestEnd } from "@deepaas/core/ports";
import { expect } from "vitest";

export function recordingObserver(traceparent?: string) {
  const begun: ObservedRequest[] = [];
  const ends: RequestEnd[] = [];
  const observer: AdapterObserver = {
    request(request) {
      begun.push(request);
      return { traceparent, end: (end) => void ends.push(end) };
    },
  };
  return {
    observer,
    begun,
    ends,
    /** Returns the only request that has ended since the last call. */
    async ended(): Promise<ObservedRequest & RequestEnd> {
      await expect.poll(() => ends.length).toBe(1);
      expect(begun).toHaveLength(1);
      return { ...begun.pop(), ...ends.pop() } as ObservedRequest & RequestEnd;
    },
  };
}

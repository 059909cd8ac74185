// The OpenTelemetry SDK that is registered in this process. It needs no OpenTelemetry package, so that asking costs nothing.

interface Provider {
  getDelegate?(): Provider;
  forceFlush?(): Promise<void>;
}

/** Where every copy of `@opentelemetry/api` keeps what an SDK has registered. */
const registered = Symbol.for("opentelemetry.js.api.1");

function globalProvider(): Provider | undefined {
  return (globalThis as { readonly [registered]?: { readonly trace?: Provider } })[registered]?.trace;
}

/** Returns true if an SDK for traces is registered: then spans are wanted. */
export function hasSdk(): boolean {
  return globalProvider() !== undefined;
}

/** Resolves when the SDK has exported the spans that have ended, or has failed to. At once without an SDK. */
export async function flushSpans(): Promise<void> {
  const provider = globalProvider();
  const sdk = provider?.getDelegate?.() ?? provider;
  try {
    await sdk?.forceFlush?.();
  } catch {
    // The SDK reports it itself.
  }
}

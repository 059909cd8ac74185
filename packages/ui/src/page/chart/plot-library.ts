const retryMs = 2_000;

/** Returns uPlot, which only views with charts load. Tries again while the server is out of reach. */
export async function plotLibrary() {
  for (;;) {
    try {
      return (await import("uplot")).default;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
  }
}

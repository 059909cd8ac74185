// Asks for the health of a server every 20 ms while one predict runs, from its own process. Argument: a `HealthLoad` as JSON. Prints
// a `Health`.
import { setTimeout as sleep } from "node:timers/promises";

export interface HealthLoad {
  readonly port: number;
  readonly healthPath: string;
  readonly path: string;
  readonly body: string;
}

export interface Health {
  /** Times of the health requests in milliseconds. */
  readonly median: number;
  readonly longest: number;
}

const { port, healthPath, path, body } = JSON.parse(process.argv[2] as string) as HealthLoad;
const origin = `http://127.0.0.1:${port}`;
const times: number[] = [];

async function ask(): Promise<void> {
  const startedAt = performance.now();
  const response = await fetch(`${origin}${healthPath}`, { headers: { Connection: "close" } });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`status ${response.status} of ${healthPath}`);
  times.push(performance.now() - startedAt);
}

try {
  // The first request of this process takes longer.
  await ask();
  times.length = 0;
  let isOver = false;
  const headers = { "Content-Type": "application/json", Accept: "application/json" };
  const predicted = fetch(`${origin}${path}`, { method: "POST", headers, body }).then(async (response) => {
    const text = await response.text();
    isOver = true;
    if (!response.ok) throw new Error(`status ${response.status}: ${text.slice(0, 200)}`);
  });
  const asking = (async () => {
    await sleep(200);
    while (!isOver) {
      await ask();
      await sleep(20);
    }
  })();
  await Promise.all([predicted, asking]);
  times.sort((a, b) => a - b);
  const health: Health = { median: times[times.length >> 1] as number, longest: times.at(-1) as number };
  process.stdout.write(JSON.stringify(health));
  process.exit(0);
} catch (error) {
  process.stderr.write(String(error));
  process.exit(1);
}

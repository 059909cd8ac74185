/** npm run soak -- [--kills N] [--trainings N] [--seed N]: kills the server again and again; one line says how it went. */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { killAgainAndAgain } from "../test/support/killed-again.ts";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "200" },
    trainings: { type: "string", default: "20" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 31)) },
  },
});
const [kills, trainings, seed] = [values.kills, values.trainings, values.seed].map(Number) as [number, number, number];
if (![kills, trainings].every((count) => Number.isInteger(count) && count > 0) || !Number.isInteger(seed)) {
  console.error("soak: --kills and --trainings are whole numbers from 1, --seed is a whole number.");
  process.exit(2);
}

console.log(
  `Node ${process.version}, ${process.platform} ${process.arch}, ${availableParallelism()} cores, seed ${seed}`,
);
const started = performance.now();
const minutes = () => ((performance.now() - started) / 60_000).toFixed(1);
const { killedWhileStarting, attempts, events, watchers, connections } = await killAgainAndAgain({
  kills,
  trainings,
  seed,
  onKill: (done) => done % 20 === 0 && console.log(`${done} kills after ${minutes()} minutes`),
});
console.log(
  `${kills} kills (${killedWhileStarting} while it started) in ${minutes()} minutes: ${trainings} trainings succeeded after ` +
    `${attempts} attempts; each of their ${events} events is there once, and was told once to each of ${watchers} watchers ` +
    `over ${connections} connections; no process was left.`,
);

import { expect, test } from "vitest";
import { killAgainAndAgain } from "./support/killed-again.ts";

test("20 trainings and their watchers get over 20 kills of the server at random moments", {
  timeout: 180_000,
}, async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const { attempts, watchers, connections } = await killAgainAndAgain({ kills: 20, trainings: 20, seed });
  // Most of the kills cost every training its attempt, and every watcher its connection.
  expect(attempts).toBeGreaterThan(20 * 5);
  expect(connections).toBeGreaterThan(watchers);
});

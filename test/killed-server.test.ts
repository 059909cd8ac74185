import { expect, test } from "vitest";
import { killAgainAndAgain } from "./support/killed-again.ts";

test("20 trainings and their watchers survive 20 kills of the server at random moments", {
  timeout: 180_000,
}, async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const { attempts, watchers, connections } = await killAgainAndAgain({ kills: 20, trainings: 20, seed });
  // Most kills end the attempt of every training and the connection of every watcher.
  expect(attempts).toBeGreaterThan(20 * 5);
  expect(connections).toBeGreaterThan(watchers);
});

import { expect, test } from "vitest";
import { commandList } from "./command-list.ts";

test.each(commandList)("the list says of $name what the command itself says", async ({ name, description, load }) => {
  const command = await load();
  expect([command.name(), command.description()]).toEqual([name, description]);
});

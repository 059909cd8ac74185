import fc from "fast-check";
import { expect, test } from "vitest";
import { bearerTokenIn, toBearerProtocol } from "./bearer-protocol.ts";

const token = fc.string({ unit: "grapheme", minLength: 1, maxLength: 200 }).filter((text) => text.isWellFormed());

test("WS-57: any token arrives as it was, beside what else is offered, in characters that a header may have", () => {
  fc.assert(
    fc.property(token, (text) => {
      const offered = toBearerProtocol(text);
      expect(offered).toMatch(/^deepaas\.bearer\.[\w-]+$/);
      expect(bearerTokenIn(`deepaas.v2 ,\t${offered}, other`)).toBe(text);
    }),
  );
});

test.each(["", "deepaas.v2", "deepaas.bearer.", "deepaas.bearer.a", "deepaas.bearer.YQ==", "deepaas.bearer._w"])(
  "WS-57: %j holds no token",
  (offered) => expect(bearerTokenIn(offered)).toBeUndefined(),
);

import { beforeAll, expect, test, vi } from "vitest";

let router: typeof import("./router.ts");

beforeAll(async () => {
  vi.stubGlobal("location", { hash: "" });
  vi.stubGlobal("addEventListener", () => {});
  router = await import("./router.ts");
});

test.each([
  ["", [], ""],
  ["#/models", ["models"], ""],
  ["#/models/a%20b/train?args=%7B%22x%22%3A1%7D", ["models", "a b", "train"], '{"x":1}'],
  ["#/runs/%E0%A4%A", ["runs", "%E0%A4%A"], ""],
  ["#/runs?a=b?c&args=1", ["runs"], "1"],
])("the view of %j", (hash, segments, args) => {
  const view = router.viewOf(hash);
  expect([view.segments, view.query.get("args") ?? ""]).toEqual([segments, args]);
});

test("a link is read as it was made", () => {
  const link = router.linkTo(["models", "a/b ?#"], {
    args: "é&=",
    none: undefined,
    off: false,
    empty: "",
    run: ["1", "2"],
  });
  const { segments, query } = router.viewOf(link);
  expect(segments).toEqual(["models", "a/b ?#"]);
  expect([...query]).toEqual([
    ["args", "é&="],
    ["run", "1"],
    ["run", "2"],
  ]);
});

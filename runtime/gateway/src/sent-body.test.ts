import { expect, test } from "@jest/globals";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { until } from "../../../tests/support/until.ts";
import { sentBody } from "./sent-body.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

test("a large body is given once, with its length in the headers, and not kept by what has given it", async () => {
  const headers: string[] = [];
  const held: { iterable: Iterable<Buffer>; body: WeakRef<Buffer> } = (() => {
    const body = Buffer.alloc(100_000, "x");
    return { iterable: sentBody(body, headers) as unknown as Iterable<Buffer>, body: new WeakRef(body) };
  })();
  expect(headers).toEqual(["content-length", "100000"]);
  const sizes = () => Array.from(held.iterable, ({ length }) => length);
  expect(sizes()).toEqual([100_000]);
  expect(sizes()).toEqual([]);
  await until("the body to be collected", () => (collectGarbage(), held.body.deref() === undefined));
});

test("a small body and none stay as they are", () => {
  const headers: string[] = [];
  const body = Buffer.from("{}");
  expect(sentBody(body, headers)).toBe(body);
  expect(sentBody(null, headers)).toBeNull();
  expect(headers).toEqual([]);
});

import { afterEach, expect, jest, test } from "@jest/globals";
import { dropEarly, takeEarly } from "./early.ts";

const given = (path: string) => {
  globalThis.early = new Map([[path, Promise.resolve(new Response("here"))]]);
};
afterEach(() => {
  globalThis.early = undefined;
  jest.restoreAllMocks();
});

test("an early answer is taken once, by whoever asks for just that", async () => {
  jest.spyOn(performance, "now").mockReturnValue(500);
  given("/api/session");
  expect(await takeEarly("/api/jobs")).toBeUndefined();
  expect(await (await takeEarly("/api/session"))?.text()).toBe("here");
  expect(await takeEarly("/api/session")).toBeUndefined();
});

test("an answer that nobody took in time, or that a change has made old, is asked for anew", async () => {
  const now = jest.spyOn(performance, "now").mockReturnValue(20_000);
  given("/api/session");
  expect(await takeEarly("/api/session")).toBeUndefined();
  now.mockReturnValue(500);
  given("/api/session");
  dropEarly();
  expect(await takeEarly("/api/session")).toBeUndefined();
});

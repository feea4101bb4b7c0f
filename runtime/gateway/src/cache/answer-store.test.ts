import { expect, test } from "@jest/globals";
import { AnswerStore } from "./answer-store.ts";

const answer = (size: number, storedAt = 0) => ({ headers: {}, body: Buffer.alloc(size), model: "m", streamed: false, storedAt });

function storeOf(bytes: number) {
  const told = { answers: 0, bytes: 0 };
  const store = new AnswerStore({ ageMs: 300_000, bytes }, (size) => Object.assign(told, size));
  return { store, told };
}

test("an answer is given until it is five minutes old, and then takes no memory", () => {
  const { store, told } = storeOf(1e6);
  store.put("a", answer(100));
  store.put("b", answer(100));
  expect(store.find("a", 299_999)).toBeDefined();
  expect(store.find("a", 300_000)).toBeUndefined();
  store.forget(300_000);
  expect([told, store.find("b", 0)]).toEqual([{ answers: 0, bytes: 0 }, undefined]);
});

test("those not asked for longest make room", () => {
  const { store, told } = storeOf(3 * 2_024);
  for (const key of ["a", "b", "c"]) store.put(key, answer(1_000));
  store.find("a", 0);
  store.put("d", answer(1_000));
  expect(["a", "b", "c", "d"].filter((key) => store.find(key, 0) !== undefined)).toEqual(["a", "c", "d"]);
  expect(told).toEqual({ answers: 3, bytes: 3 * 2_024 });
});

test("an answer that would not fit changes nothing, and a newer one takes the place of an older", () => {
  const { store, told } = storeOf(5_000);
  store.put("a", answer(1_000));
  store.put("b", answer(5_000));
  store.put("a", answer(2_000));
  expect([told, store.find("b", 0)]).toEqual([{ answers: 1, bytes: 3_024 }, undefined]);
  store.clear();
  expect(told).toEqual({ answers: 0, bytes: 0 });
});

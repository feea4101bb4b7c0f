import { expect, test } from "@jest/globals";
import { AnswerStore } from "./answer-store.ts";

const answer = (size: number, storedAt = 0, text = "x") => ({ headers: {}, pieces: [Buffer.alloc(size, text)], model: "m", streamed: false, storedAt });

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
  const { store, told } = storeOf(10_000);
  for (const key of ["a", "b", "c"]) store.put(key, answer(1_000));
  store.find("a", 0);
  store.put("d", answer(1_000));
  expect(["a", "b", "c", "d"].filter((key) => store.find(key, 0) !== undefined)).toEqual(["a", "c", "d"]);
  expect(told.bytes).toBeLessThanOrEqual(10_000);
});

test("an answer that would not fit changes nothing, and a newer one takes the place of an older", () => {
  const { store, told } = storeOf(9_000);
  store.put("a", answer(1_000));
  store.put("b", answer(9_000));
  store.put("a", answer(2_000, 0, "y"));
  expect([told.answers, store.find("b", 0), store.find("a", 0)?.body.toString()]).toEqual([1, undefined, "y".repeat(2_000)]);
  store.clear();
  expect(told).toEqual({ answers: 0, bytes: 0 });
});

test("it never takes more than it may, also while one answer is asked for again and again, which stays whole", () => {
  const most = 4_000_000;
  const { store, told } = storeOf(most);
  const asked = { ...answer(0), pieces: [Buffer.from("in "), Buffer.from("pieces")] };
  store.put("asked", asked);
  let worst = 0;
  for (let index = 0; index < 20_000; index++) {
    store.put(`other ${index}`, answer((index * 7_919) % 5_000));
    worst = Math.max(worst, told.bytes, store.bytes);
    if (index % 10 === 0) expect(store.find("asked", 0)?.body.toString()).toBe("in pieces");
  }
  expect([worst <= most, store.count > 500]).toEqual([true, true]);
  store.forget(300_000);
  expect([store.count, store.bytes]).toEqual([0, 0]);
});

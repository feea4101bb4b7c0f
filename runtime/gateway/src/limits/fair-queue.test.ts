import { expect, test } from "@jest/globals";
import { FairQueue } from "./fair-queue.ts";

const waiter = (lane: string, name: string) => ({ lane, name });

function drain(queue: FairQueue<{ lane: string; name: string }>): string {
  let names = "";
  for (let first = queue.first(); first !== undefined; first = queue.first()) {
    names += first.name;
    queue.shift();
  }
  return names;
}

test("lanes take turns, and within one the first comes first", () => {
  const queue = new FairQueue<{ lane: string; name: string }>(100);
  for (const name of "abcd") queue.push(waiter("busy", name));
  queue.push(waiter("second", "x"));
  for (const name of "12") queue.push(waiter("third", name));
  expect(drain(queue)).toBe("ax1b2cd");
});

test("when all places are taken, the last of the longest lane must go, so that nobody can fill them alone", () => {
  const queue = new FairQueue<{ lane: string; name: string }>(3);
  for (const name of "abc") expect(queue.push(waiter("busy", name))).toBeUndefined();
  expect(queue.push(waiter("busy", "d"))?.name).toBe("d");
  expect(queue.push(waiter("other", "x"))?.name).toBe("c");
  expect([queue.size, drain(queue)]).toEqual([3, "axb"]);
});

test("who leaves makes room and changes nobody's turn", () => {
  const queue = new FairQueue<{ lane: string; name: string }>(10);
  const [a, x] = [waiter("one", "a"), waiter("two", "x")];
  queue.push(a);
  queue.push(x);
  queue.push(waiter("one", "b"));
  queue.remove(a);
  queue.remove(a);
  expect([queue.size, drain(queue)]).toEqual([2, "bx"]);
});

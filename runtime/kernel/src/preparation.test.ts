import { expect, test } from "@jest/globals";
import { until } from "../../../tests/support/until.ts";
import { AppError } from "./errors.ts";
import { silentLog } from "./log.ts";
import { prepare } from "./preparation.ts";

const preparing = { service: "worker", area: "worker", log: silentLog };

test("what can't be done yet is tried again, and until it is done everybody is told why not", async () => {
  let isAway = true;
  const preparation = prepare(preparing, async () => {
    if (isAway) throw new Error("connect ECONNREFUSED");
  });
  await until("the first try", () =>
    preparation.check().then(
      () => false,
      (thrown: Error) => thrown.message.includes("not ready for the worker: connect ECONNREFUSED"),
    ),
  );
  isAway = false;
  await preparation.done;
  await expect(preparation.check()).resolves.toBeUndefined();
});

test("a refusal is for good: it is not tried again, and nothing goes on", async () => {
  let tries = 0;
  const preparation = prepare(preparing, async () => {
    tries++;
    throw new AppError("database.newer", "The database is of a newer release.");
  });
  await until("the refusal", () =>
    preparation.check().then(
      () => false,
      (thrown: Error) => thrown.message.includes("newer release"),
    ),
  );
  expect(tries).toBe(1);
  expect(await Promise.race([preparation.done.then(() => "done"), Promise.resolve("waits")])).toBe("waits");
});

import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { silentLog } from "@freehold/kernel/log";
import { createPool, inTransaction, type Pool } from "@freehold/kernel/postgres";
import { createTestDatabase, type TestDatabase } from "../../../tests/support/postgres.ts";
import { createQueue, type Entry, type Queue } from "./queue.ts";

let database: TestDatabase;
let pool: Pool;
let queue: Queue;

beforeEach(async () => {
  database = await createTestDatabase();
  pool = createPool({ url: database.url, applicationName: "test", log: silentLog });
  queue = createQueue(pool, silentLog);
  await queue.start();
});
afterEach(async () => {
  await queue.stop();
  await pool.end();
  await database.drop();
});

const send = (jobId: string, more: Partial<Entry> = {}) =>
  inTransaction(pool, (client) => queue.send(client, { jobId, isCommand: false, priority: 0, ...more }));
const take = () => inTransaction(pool, (client) => queue.take(client, { commandsOnly: false }));

test("who has to wait before it takes sees what came meanwhile: a job that goes ahead is the next", async () => {
  await send("later");
  const first = await inTransaction(pool, async (client) => {
    // Its time stands still from here on, as while it waits for the queue's own row.
    await client.query("select now()");
    await send("held up", { ahead: true });
    return queue.take(client, { commandsOnly: false });
  });
  expect([first, await take(), await take()]).toEqual(["held up", "later", undefined]);
});

test("one that is to wait for a while is not taken before", async () => {
  await send("delayed", { delayMs: 60_000, priority: 5 });
  await send("due");
  expect([await take(), await take()]).toEqual(["due", undefined]);
});

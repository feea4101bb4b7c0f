import { expect, test } from "@jest/globals";
import { Webhook } from "standardwebhooks";
import { until } from "../../../../tests/support/until.ts";
import { Receiver } from "./testing/receiver.ts";
import { settings, withNotices } from "./testing/notices-scene.ts";

const scene = withNotices();
const { json, addChannel, deliveriesOf, remove, ended } = scene;

const ownSecret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;

test("[W41] the end of a job reaches a webhook, signed so that another library agrees, and only what was wanted arrives", async () => {
  const receiver = await new Receiver().start();
  const channel = await addChannel({ kind: "webhook", url: `${receiver.url}/hook?key=1`, secret: ownSecret });
  const other = await addChannel({ kind: "webhook", url: receiver.url, events: ["job.failed"] });
  const job = await scene.worker.post({ title: "tidy" });
  await until("the notice", () => receiver.received.length > 0);
  await ended(channel);
  const [message] = receiver.received;
  const verified = new Webhook(ownSecret).verify(message?.text ?? "", message?.headers as Record<string, string>);
  expect(verified).toMatchObject({
    type: "job.succeeded",
    data: {
      job: { id: job.id, title: "tidy", state: "succeeded", result: "all is well", costUsd: 0.5, attempts: 1 },
      link: `https://console.example/jobs/${job.id}`,
    },
  });
  expect(message?.path).toBe("/hook?key=1");
  expect(await deliveriesOf(channel)).toMatchObject([{ state: "delivered", attempts: 1, kind: "job.succeeded", jobId: job.id, error: null }]);
  expect(await deliveriesOf(other)).toEqual([]);
  expect(receiver.received).toHaveLength(1);
  await remove(channel, other);
  await receiver.stop();
});

test("[W42] a receiver that fails is tried again with the same message and id, and in the end the delivery is dead with its cause", async () => {
  const receiver = await new Receiver().start();
  receiver.answer = (nth) => (nth === 1 ? undefined : { status: 500, body: "no luck" });
  const channel = await addChannel({ kind: "webhook", url: receiver.url });
  await scene.worker.post();
  await until("the deliveries to be dead", async () => (await deliveriesOf(channel))[0]?.state === "dead");
  const { secret } = await json<{ secret: string }>("GET", "/api/notices/signing-secret");
  for (const { text, headers } of receiver.received) new Webhook(secret).verify(text, headers as Record<string, string>);
  expect(receiver.received).toHaveLength(3);
  expect(new Set(receiver.received.map(({ text }) => text)).size).toBe(1);
  expect(new Set(receiver.received.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
  const [dead] = await deliveriesOf(channel);
  expect(dead).toMatchObject({ attempts: 3, error: "The receiver answered 500: no luck. Given up after 3 tries." });

  receiver.answer = () => ({ status: 204 });
  expect((await scene.worker.call("POST", `/api/notices/deliveries/${dead?.id}/retry`, {})).status).toBe(202);
  await until("the delivery", async () => (await deliveriesOf(channel))[0]?.state === "delivered");
  expect((await scene.worker.call("POST", `/api/notices/deliveries/${dead?.id}/retry`, {})).status).toBe(404);
  await remove(channel);
  await receiver.stop();
});

test("[W42] a receiver that is gone for good ends the delivery at once, and a redirect is not followed", async () => {
  const receiver = await new Receiver().start();
  receiver.answer = () => ({ status: 410 });
  const gone = await addChannel({ kind: "webhook", url: receiver.url });
  const elsewhere = await new Receiver().start();
  const moved = await addChannel({ kind: "slack", url: `${elsewhere.url}/from` });
  elsewhere.answer = () => ({ status: 308, headers: { location: `${receiver.url}/to` } });
  await scene.worker.post();
  await until("the end of both", async () => (await deliveriesOf(gone))[0]?.state === "dead" && (await deliveriesOf(moved))[0]?.state === "dead");
  expect(receiver.received.map(({ path }) => path)).toEqual(["/"]);
  expect((await deliveriesOf(gone))[0]).toMatchObject({ attempts: 1, error: "The receiver answered 410." });
  expect((await deliveriesOf(moved))[0]?.error).toContain("Redirects are not followed");
  await remove(gone, moved);
  await Promise.all([receiver.stop(), elsewhere.stop()]);
});

test("[W40] what is to be told is stored with the change itself: a rolled-back end tells nothing", async () => {
  const channel = await addChannel({ kind: "webhook", url: "http://127.0.0.1:9/" });
  const { id } = await scene.worker.post();
  await until("its end", async () => (await scene.worker.get(id)).state === "succeeded");
  const before = (await deliveriesOf(channel)).length;
  const count = async () =>
    (await scene.client.query<{ n: number }>("select count(*)::int as n from notice_deliveries where channel_id = $1", [channel.id])).rows[0]?.n;
  const fail = "update jobs set state = 'failed', error_code = 'job.crashed', error_message = 'x', finished_at = now() where id = $1";
  await scene.client.query("update notice_channels set events = '{job.failed}' where id = $1", [channel.id]);
  await scene.client.query("begin");
  await scene.client.query(fail, [id]);
  await scene.client.query("rollback");
  expect(await count()).toBe(before);
  await scene.client.query("begin");
  await scene.client.query(fail, [id]);
  await scene.client.query("commit");
  expect(await count()).toBe(before + 1);
  await remove(channel);
});

test("[W42] a worker that dies between taking and sending loses nothing: another sends it once the lease is over, once", async () => {
  const receiver = await new Receiver().start();
  const channel = await addChannel({ kind: "webhook", url: receiver.url });
  await scene.client.query(
    `with m as (insert into notice_messages (kind, data) values ('job.succeeded', '{"job": {"id": "1", "title": "left", "state": "succeeded"}}') returning id)
     insert into notice_deliveries (message_id, channel_id, attempts, next_at) select id, $1, 1, now() + interval '1 hour' from m`,
    [channel.id],
  );
  const another = await scene.place.worker({ ...settings, WORKER_NAME: "two" });
  expect(receiver.received).toEqual([]);
  await scene.client.query("update notice_deliveries set next_at = now() where channel_id = $1", [channel.id]);
  await until("the notice", () => receiver.received.length > 0);
  await ended(channel);
  expect(receiver.received).toHaveLength(1);
  expect(await deliveriesOf(channel)).toMatchObject([{ state: "delivered", attempts: 2 }]);
  await another.stop();
  await remove(channel);
  await receiver.stop();
});

test("[W40] a channel that is removed while a job ends holds nothing up and breaks nothing", async () => {
  const channel = await addChannel({ kind: "webhook", url: "http://127.0.0.1:9/" });
  await scene.client.query("begin");
  await scene.client.query("delete from notice_channels where id = $1", [channel.id]);
  const { id } = await scene.worker.post();
  await until("the end to wait for the removal", async () => (await waiting()) > 0);
  await scene.client.query("commit");
  await until("its end", async () => (await scene.worker.get(id)).state === "succeeded");
  expect((await scene.worker.get(id)).attempts).toHaveLength(1);
});
const waiting = async () => {
  const { rowCount } = await scene.client.query("select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'");
  return rowCount ?? 0;
};

test("a job that is cancelled before it began is told of, and what is told too late is not sent", async () => {
  const receiver = await new Receiver().start();
  const channel = await addChannel({ kind: "webhook", url: receiver.url, events: ["job.cancelled", "approval.requested"] });
  await scene.worker.call("POST", "/api/queue/pause", {});
  const { id } = await scene.worker.post({ title: "never begun" });
  await scene.worker.call("POST", `/api/jobs/${id}/cancel`, {});
  await scene.worker.call("POST", "/api/queue/resume", {});
  await until("the notice", () => receiver.received.length === 1);
  expect(receiver.received[0]?.json).toMatchObject({ type: "job.cancelled", data: { job: { id, title: "never begun", startedAt: null } } });
  await scene.client.query("select tell('approval.requested', '{}', null, null, now() - interval '1 second')");
  await until("the late one to be given up", async () => (await deliveriesOf(channel))[0]?.state === "dead");
  expect((await deliveriesOf(channel))[0]).toMatchObject({ kind: "approval.requested", error: expect.stringContaining("Nobody need be told") });
  expect(receiver.received).toHaveLength(1);
  await remove(channel);
  await receiver.stop();
});

import { afterAll, beforeAll, expect, test } from "@jest/globals";
import pg from "pg";
import { Webhook } from "standardwebhooks";
import { createTestDatabase, type TestDatabase } from "../../../../tests/support/postgres.ts";
import { until } from "../../../../tests/support/until.ts";
import { successOf, WorkerPlace, type RunningWorker } from "../testing/worker-place.ts";
import type { Channel } from "./channel-store.ts";
import type { Delivery } from "./delivery-store.ts";
import { MailReceiver } from "./testing/mail-receiver.ts";
import { Receiver } from "./testing/receiver.ts";

let database: TestDatabase;
let place: WorkerPlace;
let worker: RunningWorker;
let admin: pg.Client;
const settings = { JOB_SLOTS: "20", NOTICE_ALLOWED_HOSTS: "127.0.0.1, localhost", NOTICE_ATTEMPTS: "3", CONSOLE_ORIGIN: "https://console.example/" };
const ownSecret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;

beforeAll(async () => {
  database = await createTestDatabase();
  place = new WorkerPlace(database.url);
  await place.start();
  place.manager.onStart = (name, { argv }) => {
    place.manager.print(name, successOf(argv.includes("--model") ? "with a model" : "all is well"));
    place.manager.exit(name, 0);
  };
  worker = await place.worker(settings);
  await until("the worker to be ready", async () => (await worker.call("GET", "/health/ready")).ok);
  admin = new pg.Client({ connectionString: database.url });
  await admin.connect();
});
afterAll(async () => {
  await admin.end();
  await place.stop();
  await database.drop();
});

const json = async <T>(method: string, path: string, body?: unknown): Promise<T & { status: number }> => {
  const response = await worker.call(method, path, body);
  return { ...((await response.json()) as T), status: response.status };
};
const addChannel = (channel: object) =>
  json<Channel>("POST", "/api/notices/channels", { name: `channel ${Math.random()}`, events: ["job.succeeded"], ...channel });
const deliveriesOf = async ({ id }: Channel) => (await json<{ deliveries: Delivery[] }>("GET", `/api/notices/deliveries?channel=${id}`)).deliveries;
const remove = async (...channels: Channel[]) => {
  for (const { id } of channels) await worker.call("DELETE", `/api/notices/channels/${id}`);
};
const ended = (channel: Channel) => until("the delivery to end", async () => (await deliveriesOf(channel)).every(({ state }) => state !== "pending"));

test("[W41] the end of a job reaches a webhook, signed so that another library agrees, and only what was wanted arrives", async () => {
  const receiver = await new Receiver().start();
  const channel = await addChannel({ kind: "webhook", url: `${receiver.url}/hook?key=1`, secret: ownSecret });
  const other = await addChannel({ kind: "webhook", url: receiver.url, events: ["job.failed"] });
  const job = await worker.post({ title: "tidy" });
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
  await worker.post();
  await until("the deliveries to be dead", async () => (await deliveriesOf(channel))[0]?.state === "dead");
  const { secret } = await json<{ secret: string }>("GET", "/api/notices/signing-secret");
  for (const { text, headers } of receiver.received) new Webhook(secret).verify(text, headers as Record<string, string>);
  expect(receiver.received).toHaveLength(3);
  expect(new Set(receiver.received.map(({ text }) => text)).size).toBe(1);
  expect(new Set(receiver.received.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
  const [dead] = await deliveriesOf(channel);
  expect(dead).toMatchObject({ attempts: 3, error: "The receiver answered 500: no luck. Given up after 3 tries." });

  receiver.answer = () => ({ status: 204 });
  expect((await worker.call("POST", `/api/notices/deliveries/${dead?.id}/retry`, {})).status).toBe(202);
  await until("the delivery", async () => (await deliveriesOf(channel))[0]?.state === "delivered");
  expect((await worker.call("POST", `/api/notices/deliveries/${dead?.id}/retry`, {})).status).toBe(404);
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
  await worker.post();
  await until("the end of both", async () => (await deliveriesOf(gone))[0]?.state === "dead" && (await deliveriesOf(moved))[0]?.state === "dead");
  expect(receiver.received.map(({ path }) => path)).toEqual(["/"]);
  expect((await deliveriesOf(gone))[0]).toMatchObject({ attempts: 1, error: "The receiver answered 410." });
  expect((await deliveriesOf(moved))[0]?.error).toContain("Redirects are not followed");
  await remove(gone, moved);
  await Promise.all([receiver.stop(), elsewhere.stop()]);
});

test("[W40] what is to be told is stored with the change itself: a rolled-back end tells nothing", async () => {
  const channel = await addChannel({ kind: "webhook", url: "http://127.0.0.1:9/" });
  const { id } = await worker.post();
  await until("its end", async () => (await worker.get(id)).state === "succeeded");
  const before = (await deliveriesOf(channel)).length;
  const count = async () =>
    (await admin.query<{ n: number }>("select count(*)::int as n from notice_deliveries where channel_id = $1", [channel.id])).rows[0]?.n;
  const fail = "update jobs set state = 'failed', error_code = 'job.crashed', error_message = 'x', finished_at = now() where id = $1";
  await admin.query("update notice_channels set events = '{job.failed}' where id = $1", [channel.id]);
  await admin.query("begin");
  await admin.query(fail, [id]);
  await admin.query("rollback");
  expect(await count()).toBe(before);
  await admin.query("begin");
  await admin.query(fail, [id]);
  await admin.query("commit");
  expect(await count()).toBe(before + 1);
  await remove(channel);
});

test("[W42] a worker that dies between taking and sending loses nothing: another sends it once the lease is over, once", async () => {
  const receiver = await new Receiver().start();
  const channel = await addChannel({ kind: "webhook", url: receiver.url });
  await admin.query(
    `with m as (insert into notice_messages (kind, data) values ('job.succeeded', '{"job": {"id": "1", "title": "left", "state": "succeeded"}}') returning id)
     insert into notice_deliveries (message_id, channel_id, attempts, next_at) select id, $1, 1, now() + interval '1 hour' from m`,
    [channel.id],
  );
  const another = await place.worker({ ...settings, WORKER_NAME: "two" });
  expect(receiver.received).toEqual([]);
  await admin.query("update notice_deliveries set next_at = now() where channel_id = $1", [channel.id]);
  await until("the notice", () => receiver.received.length > 0);
  await ended(channel);
  expect(receiver.received).toHaveLength(1);
  expect(await deliveriesOf(channel)).toMatchObject([{ state: "delivered", attempts: 2 }]);
  await another.stop();
  await remove(channel);
  await receiver.stop();
});

test("ntfy and Slack get what their documents say, and nothing in a title is markup", async () => {
  const receiver = await new Receiver().start();
  const ntfy = await addChannel({ kind: "ntfy", url: `${receiver.url}/base/my-topic`, token: "tk_1" });
  const slack = await addChannel({ kind: "slack", url: `${receiver.url}/services/T/B/X` });
  const job = await worker.post({ title: "<!channel> & *all*" });
  await until("both", () => receiver.received.length === 2);
  const byPath = new Map(receiver.received.map((one) => [one.path, one]));
  expect(byPath.get("/base")?.headers.authorization).toBe("Bearer tk_1");
  expect(byPath.get("/base")?.json).toMatchObject({
    topic: "my-topic",
    title: "Done: <!channel> & *all*",
    priority: 3,
    click: `https://console.example/jobs/${job.id}`,
  });
  const posted = byPath.get("/services/T/B/X")?.json as { text: string; blocks: { text: { type: string } }[] };
  expect(posted.text).toContain("&lt;!channel&gt; &amp;");
  expect(posted.blocks[0]).toMatchObject({ text: { type: "plain_text", text: "Done: <!channel> & *all*" } });
  await remove(ntfy, slack);
  await receiver.stop();
});

test("a mail goes over STARTTLS with the password, one message id on each try, and a refusal says why", async () => {
  const server = await new MailReceiver().start();
  server.refusal = { responseCode: 451, message: "greylisted" };
  const mail = {
    kind: "mail",
    host: "localhost",
    port: server.port,
    verifyCertificate: false,
    user: "me",
    password: "right",
    from: "Home <home@example.org>",
    to: ["me@example.org"],
  };
  const channel = await addChannel(mail);
  await worker.post({ title: "letter" });
  await until("a try", async () => (await deliveriesOf(channel))[0]?.error?.includes("greylisted") === true);
  server.refusal = undefined;
  await until("the mail", () => server.received.length === 1);
  expect(server.received[0]).toMatchObject({ from: "home@example.org", to: ["me@example.org"], user: "me", secure: true });
  expect(server.received[0]?.text).toContain("Subject: Done: letter");
  await ended(channel);
  const [{ messageId }] = (await deliveriesOf(channel)) as [Delivery];
  expect(server.received[0]?.text).toContain(`Message-ID: <${messageId}@freehold.invalid>`);

  const wrong = await json<Channel>("PATCH", `/api/notices/channels/${channel.id}`, { password: "wrong" });
  expect(wrong).toMatchObject({ status: 200, host: "localhost", secrets: ["password"] });
  const test = await json<{ delivered: boolean; error: string }>("POST", `/api/notices/channels/${channel.id}/test`, {});
  expect(test).toMatchObject({ delivered: false, error: expect.stringContaining("wrong password") });
  await remove(channel);
  await server.stop();
}, 20_000);

test("[W43] a certificate that nobody vouches for, and a server without STARTTLS, get no mail", async () => {
  const server = await new MailReceiver().start();
  const plain = await new MailReceiver({ startTls: false }).start();
  const mail = { kind: "mail", host: "localhost", from: "home@example.org", to: ["me@example.org"], events: [] };
  const trusting = await addChannel({ ...mail, port: server.port });
  const unencrypted = await addChannel({ ...mail, port: plain.port });
  const tried = (channel: Channel) => json<{ delivered: boolean; error: string }>("POST", `/api/notices/channels/${channel.id}/test`, {});
  expect(await tried(trusting)).toMatchObject({ delivered: false, error: expect.stringContaining("certificate") });
  expect(await tried(unencrypted)).toMatchObject({ delivered: false });
  expect(await json<Channel>("PATCH", `/api/notices/channels/${unencrypted.id}`, { security: "none" })).toMatchObject({ status: 200 });
  expect(await tried(unencrypted)).toMatchObject({ delivered: true, error: null });
  expect(server.received).toEqual([]);
  expect(plain.received).toHaveLength(1);
  await remove(trusting, unencrypted);
  await Promise.all([server.stop(), plain.stop()]);
});

test("[W44] no answer and no table shows a channel's secrets; a change without them keeps them", async () => {
  const receiver = await new Receiver().start();
  const made = await addChannel({ kind: "ntfy", url: `${receiver.url}/secret-topic`, token: "tk_secret" });
  expect(made).toMatchObject({ status: 201, kind: "ntfy", target: `${receiver.url}/…`, secrets: ["url", "token"] });
  const changed = await json<Channel>("PATCH", `/api/notices/channels/${made.id}`, { name: "phone" });
  const shown = JSON.stringify([made, changed, await json("GET", "/api/notices/channels"), await json("GET", `/api/notices/channels/${made.id}`)]);
  const { rows } = await admin.query("select * from notice_channels where id = $1", [made.id]);
  for (const secret of ["secret-topic", "tk_secret"]) expect(shown + JSON.stringify(rows)).not.toContain(secret);
  expect(await json<{ delivered: boolean }>("POST", `/api/notices/channels/${made.id}/test`, {})).toMatchObject({ delivered: true, error: null });
  expect(receiver.received[0]).toMatchObject({ json: { topic: "secret-topic" }, headers: { authorization: "Bearer tk_secret" } });
  expect(await deliveriesOf(made)).toMatchObject([{ kind: "test", state: "delivered" }]);

  const without = await json<Channel>("PATCH", `/api/notices/channels/${made.id}`, { token: null });
  expect(without).toMatchObject({ secrets: ["url"] });
  expect(await json("PATCH", `/api/notices/channels/${made.id}`, { events: ["nothing"] })).toMatchObject({ status: 400, code: "request.invalid" });
  expect(await addChannel({ name: "phone", kind: "slack", url: "https://example.org" })).toMatchObject({ status: 409, code: "channel.name-taken" });
  expect(await addChannel({ kind: "webhook", url: "https://example.org", secret: "short" })).toMatchObject({ status: 400 });
  expect(await addChannel({ kind: "webhook", url: "https://user:pass@example.org" })).toMatchObject({ status: 400 });
  await remove(made);
  expect(await json("GET", `/api/notices/channels/${made.id}`)).toMatchObject({ status: 404, code: "channel.unknown" });
  await receiver.stop();
});

test("[W45] nothing is sent to the home's own addresses, by name or by number, unless a setting names the host", async () => {
  const receiver = await new Receiver().start();
  const port = new URL(receiver.url).port;
  const strict = await place.worker({ ...settings, WORKER_NAME: "strict", NOTICE_ALLOWED_HOSTS: "" });
  await until("the worker to be ready", async () => (await strict.call("GET", "/health/ready")).ok);
  const targets = [
    `http://127.0.0.1:${port}/`,
    `http://localhost:${port}/`,
    `http://2130706433:${port}/`,
    `http://[::ffff:127.0.0.1]:${port}/`,
    "http://169.254.169.254/latest",
  ];
  for (const url of targets) {
    const channel = await addChannel({ kind: "webhook", url, events: [] });
    const response = await strict.call("POST", `/api/notices/channels/${channel.id}/test`, {});
    expect(await response.json()).toMatchObject({ delivered: false, error: expect.stringContaining("is not an address of the Internet") });
    await remove(channel);
  }
  const mail = await addChannel({ kind: "mail", host: "localhost", port: Number(port), from: "a@example.org", to: ["b@example.org"], events: [] });
  const response = await strict.call("POST", `/api/notices/channels/${mail.id}/test`, {});
  expect(await response.json()).toMatchObject({ delivered: false, error: expect.stringContaining("is not an address of the Internet") });
  await remove(mail);
  expect(receiver.received).toEqual([]);
  await strict.stop();
  await receiver.stop();
});

test("a schedule's failure is told once, its recovery once, and a channel that hears of schedules does not hear of their jobs' failures as well", async () => {
  const receiver = await new Receiver().start();
  const channel = await addChannel({ kind: "webhook", url: receiver.url, events: ["job.failed", "schedule.failed", "schedule.recovered"] });
  const { id: schedule } = await json<{ id: string }>("POST", "/api/schedules", { name: "nightly", schedule: "0 3 1 1 *", prompt: "do it", maxAttempts: 1 });
  const start = place.manager.onStart;
  place.manager.onStart = (name) => place.manager.exit(name, 1);
  const run = async () => {
    const job = await json<{ id: string }>("POST", `/api/schedules/${schedule}/run`, {});
    await until("its end", async () => ["succeeded", "failed"].includes((await worker.get(job.id)).state));
  };
  await run();
  place.manager.onStart = start;
  await run();
  await run();
  await until("both notices", () => receiver.received.length === 2);
  await ended(channel);
  expect(receiver.received.map(({ json: body }) => (body as { type: string }).type)).toEqual(["schedule.failed", "schedule.recovered"]);
  expect(receiver.received[0]?.json).toMatchObject({ data: { schedule: { name: "nightly" }, job: { error: { code: "job.crashed" } } } });
  await admin.query("update schedules set problem = 'There is no time zone Nope/Nope.', paused_at = now() where id = $1", [schedule]);
  await until("the third", () => receiver.received.length === 3);
  expect(receiver.received[2]?.json).toMatchObject({ type: "schedule.failed", data: { schedule: { problem: "There is no time zone Nope/Nope." }, job: null } });
  await remove(channel);
  await receiver.stop();
});

test("a queue that waits for a limit is told once for each wait", async () => {
  const receiver = await new Receiver().start();
  const channel = await addChannel({ kind: "ntfy", url: `${receiver.url}/t`, events: ["queue.limited"] });
  const limit = (until: string) =>
    admin.query(`update queue_state set limit_until = ${until}, limit_reason = case when ${until} is not null then 'session limit' end`);
  await limit("now() + interval '1 hour'");
  await limit("now() + interval '2 hours'");
  await until("the notice", () => receiver.received.length > 0);
  await limit("null");
  await ended(channel);
  expect(receiver.received.map(({ json: body }) => body)).toMatchObject([
    { title: "The queue waits for a usage limit", message: expect.stringContaining("session limit") },
  ]);
  await remove(channel);
  await receiver.stop();
});

test("what an Ofelia file says of Slack and mail becomes channels of its schedules alone, the same one for the same receiver, and is sent", async () => {
  const receiver = await new Receiver().start();
  const text = [
    "[global]",
    `slack-webhook = ${receiver.url}/always`,
    '[job-local "ok"]\nschedule = @yearly\ncommand = true',
    `[job-local "bad"]\nschedule = @yearly\ncommand = false\nslack-webhook = ${receiver.url}/errors\nslack-only-on-error = true`,
    '[job-local "mailed"]\nschedule = @yearly\ncommand = true\nsmtp-host = smtp.example.org\nsmtp-port = 465\nsmtp-user = me\nsmtp-password = hunter2\nemail-to = a@example.org, b@example.org\nemail-from = %s@example.org',
  ].join("\n");
  const imported = await json<{ schedules: { id: string }[]; jobs: { notes: { message: string }[] }[] }>("POST", "/api/schedules/import", { text });
  expect(imported.status).toBe(201);
  expect(JSON.stringify(imported)).not.toContain("hunter2");
  expect(imported.jobs[2]?.notes.map(({ message }) => message)).toEqual([expect.stringContaining("Slack is told"), expect.stringContaining("Mails say")]);
  const [ok, bad, mailed] = imported.schedules;
  const linksOf = async (id?: string) =>
    (await json<{ channels: { id: string; name: string; onlyOnError: boolean }[] }>("GET", `/api/schedules/${id}/channels`)).channels;
  const { channels } = await json<{ channels: Channel[] }>("GET", "/api/notices/channels");
  expect(await linksOf(ok?.id)).toMatchObject([{ onlyOnError: false }]);
  expect(await linksOf(bad?.id)).toMatchObject([{ onlyOnError: true }]);
  expect((await linksOf(mailed?.id)).map(({ name }) => name.replace(/ \w+$/, ""))).toEqual(["Ofelia: Slack", "Ofelia: mail by smtp.example.org"].toSorted());
  expect(channels.find(({ kind }) => kind === "mail")).toMatchObject({
    host: "smtp.example.org",
    port: 465,
    security: "tls",
    to: ["a@example.org", "b@example.org"],
    from: "freehold@example.org",
    secrets: ["password"],
  });
  expect(channels).toHaveLength(3);

  const start = place.manager.onStart;
  place.manager.onStart = (name, { argv }) => place.manager.exit(name, argv[0] === "false" ? 1 : 0);
  for (const schedule of [ok, bad]) await json("POST", `/api/schedules/${schedule?.id}/run`, {});
  await until("both", () => receiver.received.length === 2);
  expect(receiver.received.map(({ path }) => path).toSorted()).toEqual(["/always", "/errors"]);
  place.manager.onStart = start;

  expect(await json("POST", "/api/schedules/import", { text, update: true })).toMatchObject({ status: 201 });
  expect((await json<{ channels: Channel[] }>("GET", "/api/notices/channels")).channels.map(({ id }) => id)).toEqual(channels.map(({ id }) => id));
  expect(await json("PUT", `/api/schedules/${ok?.id}/channels`, { channels: [] })).toMatchObject({ status: 200, channels: [] });
  const unknown = { channels: [{ id: "0193a1b2-0000-7000-8000-00000000dead" }] };
  expect(await json("PUT", `/api/schedules/${ok?.id}/channels`, unknown)).toMatchObject({ status: 404, code: "channel.unknown" });
  await remove(...channels);
  await receiver.stop();
});

test("[W40] a channel that is removed while a job ends holds nothing up and breaks nothing", async () => {
  const channel = await addChannel({ kind: "webhook", url: "http://127.0.0.1:9/" });
  await admin.query("begin");
  await admin.query("delete from notice_channels where id = $1", [channel.id]);
  const { id } = await worker.post();
  await until("the end to wait for the removal", async () => (await waiting()) > 0);
  await admin.query("commit");
  await until("its end", async () => (await worker.get(id)).state === "succeeded");
  expect((await worker.get(id)).attempts).toHaveLength(1);
});
const waiting = async () => {
  const { rowCount } = await admin.query("select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'");
  return rowCount ?? 0;
};

test("a job that is cancelled before it began is told of, and what is told too late is not sent", async () => {
  const receiver = await new Receiver().start();
  const channel = await addChannel({ kind: "webhook", url: receiver.url, events: ["job.cancelled", "approval.requested"] });
  await worker.call("POST", "/api/queue/pause", {});
  const { id } = await worker.post({ title: "never begun" });
  await worker.call("POST", `/api/jobs/${id}/cancel`, {});
  await worker.call("POST", "/api/queue/resume", {});
  await until("the notice", () => receiver.received.length === 1);
  expect(receiver.received[0]?.json).toMatchObject({ type: "job.cancelled", data: { job: { id, title: "never begun", startedAt: null } } });
  await admin.query("select tell('approval.requested', '{}', null, null, now() - interval '1 second')");
  await until("the late one to be given up", async () => (await deliveriesOf(channel))[0]?.state === "dead");
  expect((await deliveriesOf(channel))[0]).toMatchObject({ kind: "approval.requested", error: expect.stringContaining("Nobody need be told") });
  expect(receiver.received).toHaveLength(1);
  await remove(channel);
  await receiver.stop();
});

import { expect, test } from "@jest/globals";
import { until } from "../../../../tests/support/until.ts";
import type { Channel } from "./channel-store.ts";
import { Receiver } from "./testing/receiver.ts";
import { withNotices } from "./testing/notices-scene.ts";

const scene = withNotices();
const { json, addChannel, remove, ended } = scene;

test("a schedule's failure is told once, its recovery once, and a channel that hears of schedules does not hear of their jobs' failures as well", async () => {
  const receiver = await new Receiver().start();
  const channel = await addChannel({ kind: "webhook", url: receiver.url, events: ["job.failed", "schedule.failed", "schedule.recovered"] });
  const { id: schedule } = await json<{ id: string }>("POST", "/api/schedules", { name: "nightly", schedule: "0 3 1 1 *", prompt: "do it", maxAttempts: 1 });
  const start = scene.place.manager.onStart;
  scene.place.manager.onStart = (name) => scene.place.manager.exit(name, 1);
  const run = async () => {
    const job = await json<{ id: string }>("POST", `/api/schedules/${schedule}/run`, {});
    await until("its end", async () => ["succeeded", "failed"].includes((await scene.worker.get(job.id)).state));
  };
  await run();
  scene.place.manager.onStart = start;
  await run();
  await run();
  await until("both notices", () => receiver.received.length === 2);
  await ended(channel);
  expect(receiver.received.map(({ json: body }) => (body as { type: string }).type)).toEqual(["schedule.failed", "schedule.recovered"]);
  expect(receiver.received[0]?.json).toMatchObject({ data: { schedule: { name: "nightly" }, job: { error: { code: "job.crashed" } } } });
  await scene.client.query("update schedules set problem = 'There is no time zone Nope/Nope.', paused_at = now() where id = $1", [schedule]);
  await until("the third", () => receiver.received.length === 3);
  expect(receiver.received[2]?.json).toMatchObject({ type: "schedule.failed", data: { schedule: { problem: "There is no time zone Nope/Nope." }, job: null } });
  await remove(channel);
  await receiver.stop();
});

test("a queue that waits for a limit is told once for each wait", async () => {
  const receiver = await new Receiver().start();
  const channel = await addChannel({ kind: "ntfy", url: `${receiver.url}/t`, events: ["queue.limited"] });
  const limit = (until: string) =>
    scene.client.query(`update queue_state set limit_until = ${until}, limit_reason = case when ${until} is not null then 'session limit' end`);
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

  const start = scene.place.manager.onStart;
  scene.place.manager.onStart = (name, { argv }) => scene.place.manager.exit(name, argv[0] === "false" ? 1 : 0);
  for (const schedule of [ok, bad]) await json("POST", `/api/schedules/${schedule?.id}/run`, {});
  await until("both", () => receiver.received.length === 2);
  expect(receiver.received.map(({ path }) => path).toSorted()).toEqual(["/always", "/errors"]);
  scene.place.manager.onStart = start;

  expect(await json("POST", "/api/schedules/import", { text, update: true })).toMatchObject({ status: 201 });
  expect((await json<{ channels: Channel[] }>("GET", "/api/notices/channels")).channels.map(({ id }) => id)).toEqual(channels.map(({ id }) => id));
  expect(await json("PUT", `/api/schedules/${ok?.id}/channels`, { channels: [] })).toMatchObject({ status: 200, channels: [] });
  const unknown = { channels: [{ id: "0193a1b2-0000-7000-8000-00000000dead" }] };
  expect(await json("PUT", `/api/schedules/${ok?.id}/channels`, unknown)).toMatchObject({ status: 404, code: "channel.unknown" });
  await remove(...channels);
  await receiver.stop();
});

import type { Delivery } from "@freehold/kernel/api/notice";
import { expect, test } from "@jest/globals";
import { until } from "../../../../tests/support/until.ts";
import type { Channel } from "./channel-store.ts";
import { MailReceiver } from "./testing/mail-receiver.ts";
import { Receiver } from "./testing/receiver.ts";
import { settings, withNotices } from "./testing/notices-scene.ts";

const scene = withNotices();
const { json, addChannel, deliveriesOf, remove, ended } = scene;

test("ntfy and Slack get what their documents say, and nothing in a title is markup", async () => {
  const receiver = await new Receiver().start();
  const ntfy = await addChannel({ kind: "ntfy", url: `${receiver.url}/base/my-topic`, token: "tk_1" });
  const slack = await addChannel({ kind: "slack", url: `${receiver.url}/services/T/B/X` });
  const job = await scene.worker.post({ title: "<!channel> & *all*" });
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
  await scene.worker.post({ title: "letter" });
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
  const { rows } = await scene.client.query("select * from notice_channels where id = $1", [made.id]);
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
  const strict = await scene.place.worker({ ...settings, WORKER_NAME: "strict", NOTICE_ALLOWED_HOSTS: "" });
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

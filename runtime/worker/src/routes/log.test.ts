import { expect, test } from "@jest/globals";
import { until } from "../../../../tests/support/until.ts";
import { successOf } from "../testing/worker-place.ts";
import { problem, withWorker } from "../testing/worker-scene.ts";

const scene = withWorker({ JOB_SLOTS: "20" });
const { running, finish } = scene;

interface Event {
  id: string;
  event: string;
  data: string;
}

/** Reads a stream of events until `enough` or its end. */
async function events(
  path: string,
  { headers = {}, enough = () => false }: { headers?: Record<string, string>; enough?: (seen: Event[]) => boolean } = {},
): Promise<{ seen: Event[]; text: string }> {
  const left = new AbortController();
  const response = await fetch(`${scene.worker.url}${path}`, { headers: { authorization: "Bearer worker-token", ...headers }, signal: left.signal });
  expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/event-stream; charset=utf-8"]);
  let text = "";
  let seen: Event[] = [];
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    const field = (block: string, name: string) => [...block.matchAll(new RegExp(`^${name}: (.*)$`, "gm"))].map((match) => match[1]).join("\n");
    seen = text
      .split("\n\n")
      .slice(0, -1)
      .filter((block) => /^event: /m.test(block))
      .map((block) => ({ id: field(block, "id"), event: field(block, "event"), data: field(block, "data") }));
    if (enough(seen)) break;
  }
  left.abort();
  return { seen, text };
}

test("[W14] a watcher sees each line with its offset, then done, and can go on from any id", async () => {
  const { id, name } = await running();
  const watching = events(`/api/jobs/${id}/log`);
  scene.place.manager.print(name, { type: "system" }, "ü");
  finish(name);
  const { seen, text } = await watching;
  expect(text).toMatch(/^retry: 1000\n\n/);
  expect(seen.map(({ event }) => event)).toEqual(["line", "line", "line", "done"]);
  expect(JSON.parse(seen.at(-1)?.data ?? "")).toEqual({ state: "succeeded", attempt: 1 });
  const log = Buffer.from(await (await scene.worker.call("GET", `/api/jobs/${id}/log.ndjson`)).arrayBuffer());
  expect(
    seen
      .slice(0, 3)
      .map((event) => Number(event.id))
      .at(-1),
  ).toBe(log.length);
  for (const [index, event] of seen.slice(0, 3).entries()) {
    expect((await events(`/api/jobs/${id}/log`, { headers: { "last-event-id": event.id } })).seen).toEqual(seen.slice(index + 1));
    expect((await events(`/api/jobs/${id}/log?offset=${event.id}`)).seen).toEqual(seen.slice(index + 1));
  }
});

test("[W14] a line reaches a watcher of the running job long before the job's end", async () => {
  const { id, name } = await running();
  const watching = events(`/api/jobs/${id}/log`, { enough: (seen) => seen.length === 1 });
  scene.place.manager.print(name, "hello");
  expect((await watching).seen).toEqual([{ id: "6", event: "line", data: "hello" }]);
  finish(name);
});

test("[W14] a second worker serves the log of a job that runs at the first", async () => {
  const { id, name } = await running();
  const other = await scene.place.worker({ WORKER_NAME: "other", JOB_SLOTS: "1" });
  await until("the other to be ready", async () => (await other.call("GET", "/health/ready")).ok);
  const response = await other.call("GET", `/api/jobs/${id}/log`);
  const reading = response.text();
  scene.place.manager.print(name, "from afar");
  finish(name);
  expect(await reading).toMatch(/data: from afar\n\n[^]*event: done\ndata: {"state":"succeeded","attempt":1}\n\n$/);
  await other.stop();
});

test("a watcher of a waiting job waits for its first attempt, and is told when it is cancelled before", async () => {
  const small = await scene.place.worker({ WORKER_NAME: "small", JOB_SLOTS: "1" });
  await small.stop();
  scene.place.manager.intercept = (call) => (call.startsWith("PUT") ? 503 : undefined);
  const { id } = await scene.worker.post();
  const watching = events(`/api/jobs/${id}/log`);
  await until("the try to start", async () => (await scene.worker.get(id)).state === "running");
  await scene.worker.call("POST", `/api/jobs/${id}/cancel`);
  expect((await watching).seen).toEqual([{ id: "", event: "done", data: '{"state":"cancelled","attempt":1}' }]);
  scene.place.manager.intercept = () => undefined;
});

test("an attempt that is not there is named", async () => {
  const { id, name } = await running();
  expect(await problem(await scene.worker.call("GET", `/api/jobs/${id}/log?attempt=2`))).toMatchObject({
    status: 404,
    code: "attempt.unknown",
    detail: expect.stringContaining("newest is 1"),
  });
  finish(name);
});

test("the download is the log, and empty while nothing was printed", async () => {
  const { id, name } = await running();
  const empty = await scene.worker.call("GET", `/api/jobs/${id}/log.ndjson`);
  expect([empty.status, await empty.text()]).toEqual([200, ""]);
  finish(name);
  await until("the end", async () => (await scene.worker.get(id)).state === "succeeded");
  const response = await scene.worker.call("GET", `/api/jobs/${id}/log.ndjson?attempt=1`);
  expect(response.headers.get("content-disposition")).toBe(`attachment; filename="${id}-1.ndjson"; filename*=UTF-8''${id}-1.ndjson`);
  expect(await response.text()).toBe(`${JSON.stringify(successOf("done"))}\n`);
});

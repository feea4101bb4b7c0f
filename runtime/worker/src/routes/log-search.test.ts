import { expect, test } from "@jest/globals";
import { until } from "../../../../tests/support/until.ts";
import { successOf } from "../testing/worker-place.ts";
import { withWorker } from "../testing/worker-scene.ts";

const scene = withWorker();

const search = async (id: string, query: Record<string, string>) => {
  const response = await scene.worker.call("GET", `/api/jobs/${id}/log/search?${new URLSearchParams(query).toString()}`);
  return { status: response.status, answer: (await response.json()) as Record<string, unknown> };
};

test("the log of a job is searched while it runs and after, page by page, and bad questions are refused by name", async () => {
  const { id } = await scene.worker.post();
  const name = `job-${id}-1`;
  await until("the container", () => scene.place.manager.containers.has(name));
  expect(await search(id, { text: "needle" })).toEqual({ status: 200, answer: { attempt: 1, lines: [], nextOffset: null, sizeBytes: 0 } });
  for (const text of ["hay", "a Needle", "hay", "NEEDLE again"]) scene.place.manager.print(name, { type: "system", text });
  scene.place.manager.print(name, successOf("done"));
  scene.place.manager.exit(name, 0);
  await until("the end", async () => (await scene.worker.get(id)).state === "succeeded");
  const log = await (await scene.worker.call("GET", `/api/jobs/${id}/log.ndjson`)).text();
  const [first, second] = log.split("\n").filter((line) => /needle/i.test(line));
  const start = log.indexOf(first ?? "?");
  const page = await search(id, { text: "needle", limit: "1" });
  expect(page.answer).toMatchObject({ lines: [{ start, end: start + (first ?? "").length + 1, text: first }], nextOffset: start + (first ?? "").length + 1 });
  const rest = await search(id, { text: "needle", attempt: "1", offset: String(page.answer["nextOffset"]) });
  expect(rest.answer).toMatchObject({ lines: [{ text: second }], nextOffset: null, sizeBytes: log.length });
  expect(await search(id, { text: " " })).toMatchObject({ status: 400, answer: { code: "request.invalid" } });
  expect(await search(id, { text: "a", attempt: "2" })).toMatchObject({ status: 404, answer: { code: "attempt.unknown" } });
  expect(await search("0193a1b2-0000-7000-8000-00000000dead", { text: "a" })).toMatchObject({ status: 404, answer: { code: "job.unknown" } });
});

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { until } from "../../../../tests/support/until.ts";
import type { Job } from "../job.ts";
import { fill, placeholdersIn } from "./render.ts";
import { seeds } from "./seeds.ts";
import { templateRequest } from "./template-request.ts";
import { problem, withWorker } from "../testing/worker-scene.ts";

const scene = withWorker({ JOB_SLOTS: "30" });

const upload = async (name: string, body: string) => {
  const response = await fetch(`${scene.worker.url}/api/uploads?name=${name}`, { method: "POST", headers: { authorization: "Bearer worker-token" }, body });
  return ((await response.json()) as { id: string }).id;
};
const plain = { name: "plain", title: "Plain", prompt: "Say {{word}}.", inputs: [{ name: "word", label: "Word", kind: "text" }] };
const make = async (more: object) => expect((await scene.worker.call("POST", "/api/templates", { ...plain, ...more })).status).toBe(201);
const jobOf = async (template: string, inputs: object, more: object = {}) => {
  const response = await scene.worker.call("POST", "/api/jobs", { template, inputs, ...more });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return (await response.json()) as Job;
};

test("a home begins with templates that can be used, and that stay deleted over a restart", async () => {
  const { templates } = (await (await scene.worker.call("GET", "/api/templates")).json()) as { templates: { name: string }[] };
  expect(templates.map(({ name }) => name).toSorted()).toEqual(["brand-draft", "folder-summary", "repository-review"]);
  for (const seed of seeds) expect(templateRequest.safeParse(seed).error?.issues ?? []).toEqual([]);
  const draft = await jobOf("brand-draft", { format: "newsletter", brief: "Spring sale" });
  expect(draft).toMatchObject({ title: "Draft from brand and brief", prompt: expect.stringContaining("Write a newsletter in English.") });
  expect(draft.prompt).not.toContain("{{");
  expect((await scene.worker.call("DELETE", "/api/templates/folder-summary")).status).toBe(204);
  const second = await scene.place.worker({ WORKER_NAME: "two" });
  await until("the second worker", async () => (await second.call("GET", "/health/ready")).ok);
  expect(await problem(await second.call("GET", "/api/templates/folder-summary"))).toMatchObject({ status: 404, code: "template.unknown" });
  await second.stop();
});

test("a template is made, shown, replaced under another name, and deleted", async () => {
  await make({ name: "one", model: "sonnet", maxAttempts: 2, description: "d" });
  const shown = (await (await scene.worker.call("GET", "/api/templates/one")).json()) as object;
  expect(shown).toEqual({
    ...plain,
    name: "one",
    description: "d",
    model: "sonnet",
    maxAttempts: 2,
    inputs: [{ name: "word", label: "Word", kind: "text", required: true }],
    createdAt: expect.any(String),
    updatedAt: expect.any(String),
  });
  expect(await problem(await scene.worker.call("POST", "/api/templates", { ...plain, name: "one" }))).toMatchObject({
    status: 409,
    code: "template.name-taken",
  });
  await make({ name: "other" });
  expect(await problem(await scene.worker.call("PUT", "/api/templates/one", { ...plain, name: "other" }))).toMatchObject({
    status: 409,
    code: "template.name-taken",
  });
  expect(await (await scene.worker.call("PUT", "/api/templates/one", { ...plain, name: "new-name", title: "New" })).json()).toMatchObject({
    name: "new-name",
    title: "New",
  });
  expect((await scene.worker.call("GET", "/api/templates/one")).status).toBe(404);
  expect(await (await scene.worker.call("PUT", "/api/templates/new-name", { title: "T", prompt: "p" })).json()).toMatchObject({ name: "new-name", inputs: [] });
  for (const name of ["new-name", "other"]) expect((await scene.worker.call("DELETE", `/api/templates/${name}`)).status).toBe(204);
  expect((await scene.worker.call("DELETE", "/api/templates/other")).status).toBe(404);
});

test("[F5] a job gets the values, the options of the template, and what the request says instead", async () => {
  await make({
    name: "full",
    prompt: "{{ word }} and {{word}}; ${{ secrets.X }} {{Other}} stay",
    model: "opus",
    maxAttempts: 2,
    instructions: "About {{word}}.",
    files: [{ path: "notes/{{word}}.md", text: "# {{word}}" }],
  });
  const job = await jobOf("full", { word: "tea" }, { model: "haiku", files: [{ path: "more.md", text: "more" }] });
  expect(job).toMatchObject({ prompt: "tea and tea; ${{ secrets.X }} {{Other}} stay", model: "haiku", maxAttempts: 2, title: "Plain" });
  const inputs = await scene.client.query<{ files: unknown; instructions: string }>("select files, instructions from job_inputs where job_id = $1", [job.id]);
  expect(inputs.rows[0]).toEqual({
    files: [
      { path: "notes/tea.md", text: "# tea" },
      { path: "more.md", text: "more" },
    ],
    instructions: "About tea.",
  });
});

test("[F5] what is filled in is never taken for a placeholder, and leads no file out of its folder", async () => {
  await make({
    name: "two-words",
    prompt: "{{a}} {{b}}",
    inputs: ["a", "b"].map((name) => ({ name, label: name, kind: "text" })),
    files: [{ path: "{{a}}", text: "" }],
  });
  const values = { a: "{{b}} $& $1", b: "{{a}}" };
  expect((await jobOf("two-words", values)).prompt).toBe("{{b}} $& $1 {{a}}");
  expect(await problem(await scene.worker.call("POST", "/api/jobs", { template: "two-words", inputs: { a: "../../etc/passwd", b: "x" } }))).toMatchObject({
    status: 400,
    code: "request.invalid",
    detail: expect.stringContaining("files.0.path"),
  });
  fc.assert(
    fc.property(fc.string(), fc.string(), (first, second) => {
      expect(fill("{{a}}|{{b}}", { a: first, b: second })).toBe(`${first}|${second}`);
    }),
  );
});

test("an option that is nothing but an empty input is not set", () => {
  const options = { repository: { url: "{{url}}", branch: "{{branch}}" }, model: "{{model}}", allowedTools: ["Read", "{{tool}}"], stays: "" };
  const none = { url: "", branch: "", model: "", tool: "" };
  expect(fill(options, none)).toEqual({ allowedTools: ["Read"], stays: "" });
  expect(fill(options, { ...none, url: "https://x/y", model: "opus" })).toEqual({
    repository: { url: "https://x/y" },
    model: "opus",
    allowedTools: ["Read"],
    stays: "",
  });
});

test("a repository is reviewed that the form names, or the files of the job where it names none", async () => {
  const named = await jobOf("repository-review", { repository: "http://127.0.0.1:9/team/x.git", branch: "next" });
  const { rows } = await scene.client.query("select url, branch, credential from job_repositories where job_id = $1", [named.id]);
  expect(rows).toEqual([{ url: "http://127.0.0.1:9/team/x.git", branch: "next", credential: null }]);
  const files = await jobOf("repository-review", {}, { files: [{ path: "main.c", text: "int main;" }] });
  expect((await scene.client.query("select from job_repositories where job_id = $1", [files.id])).rowCount).toBe(0);
  const refused = await scene.worker.call("POST", "/api/jobs", { template: "repository-review", inputs: { repository: "file:///etc" } });
  expect(await problem(refused)).toMatchObject({ status: 400, code: "request.invalid", detail: expect.stringContaining("repository.url") });
});

test("an upload given as an input lies in the job's data, and the prompt names its place", async () => {
  await make({ name: "with-file", prompt: "Read {{book}}.", inputs: [{ name: "book", label: "Book", kind: "file" }] });
  const uploadId = await upload("brand%20book.pdf", "pdf");
  const job = await jobOf("with-file", { book: uploadId }, { data: [{ path: "more.txt", text: "more" }] });
  expect(job.prompt).toBe("Read /data/inputs/book/brand book.pdf.");
  await until("the container", () => scene.place.manager.containers.has(`job-${job.id}-1`));
  expect(await readdir(join(scene.place.jobsDir, job.id, "data/inputs/book"))).toEqual(["brand book.pdf"]);
  expect(
    await problem(await scene.worker.call("POST", "/api/jobs", { template: "with-file", inputs: { book: "0193a1b2-0000-4000-8000-00000000dead" } })),
  ).toMatchObject({
    status: 400,
    code: "upload.unknown",
  });
});

test("[F4] a template's own upload is kept for as long as the template is there", async () => {
  const uploadId = await upload("logo.svg", "svg");
  await make({ name: "holds", data: [{ path: "logo.svg", uploadId }] });
  const witness = await upload("witness", "x");
  await scene.client.query("update uploads set created_at = now() - interval '2 days'");
  const kept = async () => readdir(join(scene.place.jobsDir, "uploads"));
  await until("the sweep", async () => !(await kept()).includes(witness));
  expect(await kept()).toContain(uploadId);
  await scene.worker.call("DELETE", "/api/templates/holds");
  await until("the next sweep", async () => !(await kept()).includes(uploadId));
});

test.each([
  ["a required input that is missing", {}, "inputs.word"],
  ["an empty one", { word: "  " }, "inputs.word"],
  ["one of two lines", { word: "a\nb" }, "inputs.word"],
  ["one with a NUL", { word: "a\0b" }, "inputs.word"],
  ["one that is too long", { word: "x".repeat(1_001) }, "inputs.word"],
  ["a number", { word: 1 }, "inputs.word"],
  ["an unknown one", { word: "x", other: "y" }, "other"],
  ["a choice that there is not", { word: "x", tone: "loud" }, "inputs.tone"],
  ["a file that is no id", { word: "x", book: "../x" }, "inputs.book"],
])("[F5] %s is refused by name", async (_what, inputs, named) => {
  const name = "strict";
  const tone = { name: "tone", label: "Tone", kind: "choice", choices: ["calm"], required: false };
  await scene.worker.call("POST", "/api/templates", {
    ...plain,
    name,
    inputs: [...plain.inputs, tone, { name: "book", label: "Book", kind: "file", required: false }],
  });
  expect(await problem(await scene.worker.call("POST", "/api/jobs", { template: name, inputs }))).toMatchObject({
    status: 400,
    code: "request.invalid",
    detail: expect.stringContaining(named),
  });
});

test("a prompt beside a template, inputs without one, and an unknown template are refused", async () => {
  for (const body of [
    { template: "brand-draft", prompt: "x" },
    { prompt: "x", inputs: {} },
    { template: "../x" },
    { template: 1 },
    { template: "brand-draft", inputs: [] },
  ])
    expect(await problem(await scene.worker.call("POST", "/api/jobs", body))).toMatchObject({ status: 400, code: "request.invalid" });
  expect(await problem(await scene.worker.call("POST", "/api/jobs", { template: "none" }))).toMatchObject({ status: 404, code: "template.unknown" });
});

test.each([
  ["a placeholder without an input", { prompt: "{{nobody}}" }],
  ["a placeholder in its files without an input", { files: [{ path: "a", text: "{{nobody}}" }] }],
  ["two inputs of one name", { inputs: [...plain.inputs, ...plain.inputs] }],
  ["a choice without choices", { inputs: [{ name: "word", label: "W", kind: "choice" }] }],
  ["choices of a text", { inputs: [{ name: "word", label: "W", kind: "text", choices: ["a"] }] }],
  ["a default that is no choice", { inputs: [{ name: "word", label: "W", kind: "choice", choices: ["a"], default: "b" }] }],
  ["a default of a file", { inputs: [{ name: "word", label: "W", kind: "file", default: "b" }] }],
  ["an option that jobs don't have", { colour: "red" }],
  ["an option that jobs refuse", { maxAttempts: 99 }],
  ["a path that jobs refuse", { files: [{ path: "../x", text: "" }] }],
  ["a job's key", { idempotencyKey: "k" }],
  ["a NUL inside", { instructions: "a\0{{word}}" }],
  ["a name that is a path", { name: "../x" }],
  ["an empty prompt", { prompt: " " }],
])("[F5] a template with %s is refused", async (_what, more) => {
  expect(await problem(await scene.worker.call("POST", "/api/templates", { ...plain, name: "bad", ...more }))).toMatchObject({
    status: 400,
    code: "request.invalid",
  });
});

test("placeholders are found in all texts", () => {
  expect([...placeholdersIn({ a: "{{x}}", b: [{ c: "{{ y }} {{x}}" }], d: 1, e: null })]).toEqual(["x", "y"]);
});

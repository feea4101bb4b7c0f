import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { planContainer, type Place } from "./container-plan.ts";
import { containerRequest, digestOf } from "./container-request.ts";

const place: Place = {
  prefix: "freehold-dev",
  image: "freehold/job:1",
  networks: ["freehold-dev-job-1", "freehold-dev-job-2"],
  gatewayUrl: "http://gateway:4010",
  repositoryNetwork: "freehold-dev-repositories",
  memoryMb: 1_536,
  cpus: 1.5,
  pids: 512,
};
const request = {
  jobId: "0193a1b2-0000-7000-8000-000000000001",
  attempt: 2,
  slot: 2,
  argv: ["run-job", "/input/prompt-2.txt", "--print"],
  env: { ANTHROPIC_AUTH_TOKEN: "fh_x", A: "1" },
  mounts: [],
};

test("a job container is planned exactly as the golden file says", () => {
  const golden: unknown = JSON.parse(readFileSync(join(import.meta.dirname, "container-plan.golden.json"), "utf8"));
  expect(JSON.parse(JSON.stringify(planContainer("job-1", request, place, "/volumes/jobs/_data")))).toEqual(golden);
});

test("instructions and data are mounted only when asked for, so that nothing can be changed there", () => {
  const { Mounts: plain } = planContainer("job-1", request, place, "/volumes/jobs/_data").HostConfig ?? {};
  const { Mounts: more } = planContainer("job-1", { ...request, mounts: ["data", "instructions"] }, place, "/volumes/jobs/_data").HostConfig ?? {};
  const folder = `/volumes/jobs/_data/${request.jobId}`;
  expect(more).toEqual([
    ...(plain ?? []),
    { Type: "bind", Source: `${folder}/data`, Target: "/data", ReadOnly: true },
    { Type: "bind", Source: `${folder}/instructions`, Target: "/instructions", ReadOnly: true },
  ]);
});

test("the digest knows a repeated request from a different one", () => {
  const reordered = { ...request, env: { A: "1", ANTHROPIC_AUTH_TOKEN: "fh_x" } };
  expect(digestOf(reordered)).toBe(digestOf(request));
  expect(digestOf({ ...request, env: { ...request.env, A: "2" } })).not.toBe(digestOf(request));
  expect(digestOf({ ...request, mounts: ["data"] })).not.toBe(digestOf(request));
  expect(digestOf({ ...request, argv: ["run-job"] })).not.toBe(digestOf(request));
});

test.each([
  ["a job id that is a path", { jobId: "../../etc" }],
  ["a variable that the manager sets", { env: { ANTHROPIC_BASE_URL: "http://elsewhere" } }],
  ["a variable that is no name", { env: { "A=B": "x" } }],
  ["a NUL in an argument", { argv: ["a\0b"] }],
  ["an empty command", { argv: [] }],
  ["a slot of zero", { slot: 0 }],
  ["a folder that is none of the job's", { mounts: ["../other"] }],
  ["a folder twice", { mounts: ["data", "data"] }],
  ["an unknown field", { privileged: true }],
])("%s is refused", (_name, change) => {
  expect(containerRequest.safeParse({ ...request, ...change }).success).toBe(false);
});

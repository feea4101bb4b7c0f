import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { parse } from "yaml";

let folder = "";
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "freehold-test-workflows-"))));
afterEach(() => rmSync(folder, { recursive: true }));

interface Ended {
  code: number;
  output: string;
}

/** Runs a script as a step of a workflow does. */
const step = async (script: string, argv: string[], env: Record<string, string> = {}): Promise<Ended> =>
  new Promise((resolve) => {
    const options = { env: { PATH: process.env["PATH"], RUNNER_TEMP: folder, GITHUB_ENV: join(folder, "env"), ...env } };
    const child = execFile(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", join(import.meta.dirname, script), ...argv],
      options,
      (_error, stdout, stderr) => resolve({ code: child.exitCode ?? 1, output: stdout + stderr }),
    );
  });

const read = (...path: string[]) => readFileSync(join(folder, ...path), "utf8");

describe("the step that previews", () => {
  const printing = (text: string, code: number) => [
    "--",
    process.execPath,
    "-e",
    `console.log(${JSON.stringify(text)}); console.error("on stderr"); process.exit(${code})`,
  ];

  test("shows all output, writes the comment and the summary, and ends with the command's code", async () => {
    const env = {
      GITHUB_STEP_SUMMARY: join(folder, "summary"),
      HEAD_SHA: "abcdef0123456789",
      GITHUB_SERVER_URL: "https://github.com",
      GITHUB_REPOSITORY: "owner/home",
      GITHUB_RUN_ID: "7",
    };
    const { code, output } = await step("preview.ts", ["dev", join(folder, "comment.md"), ...printing("Resources:\n    + 3 to create", 3)], env);
    expect(code).toBe(3);
    expect(output).toContain("+ 3 to create");
    expect(output).toContain("on stderr");
    expect(read("comment.md")).toContain("### Preview of `dev`: failed");
    expect(read("comment.md")).toContain("`abcdef012345` · [log of the run](https://github.com/owner/home/actions/runs/7)");
    expect(read("summary")).toBe(read("comment.md"));
  });

  test("explains itself when called wrongly", async () => {
    const { code, output } = await step("preview.ts", ["dev"]);
    expect(code).toBe(1);
    expect(output).toContain("Usage: preview.ts <stack> <file for the comment> -- <command>");
  });
});

describe("the step that opens the state", () => {
  const secrets = { PULUMI_CONFIG_PASSPHRASE: "the passphrase", FREEHOLD_KEY: "the key of the home", STATE_URL: "s3://state?region=auto" };

  test("puts passphrase and key where the commands look for them, readable by their owner alone", async () => {
    expect(await step("open-state.ts", [], { STACK: "prod", ...secrets })).toEqual({ code: 0, output: "" });
    expect(read("freehold", "passphrase")).toBe("the passphrase");
    expect(read("freehold", "keys", "prod.key")).toBe("the key of the home");
    expect(statSync(join(folder, "freehold/keys/prod.key")).mode & 0o777).toBe(0o600);
    expect(read("env")).toBe(`FREEHOLD_HOME=${join(folder, "freehold")}\nPULUMI_BACKEND_URL=s3://state?region=auto\n`);
  });

  test("makes up both in a repository that has set up nothing, and leaves the state on the runner", async () => {
    expect(await step("open-state.ts", [], { STACK: "dev", PULUMI_CONFIG_PASSPHRASE: "", FREEHOLD_KEY: "", STATE_URL: "" })).toEqual({ code: 0, output: "" });
    expect(read("freehold", "keys", "dev.key")).toMatch(/^[\w-]{43}$/);
    expect(read("freehold", "passphrase")).not.toBe(read("freehold", "keys", "dev.key"));
    expect(read("env")).not.toContain("PULUMI_BACKEND_URL");
  });

  test.each([
    ["a state without the home's key", { STACK: "prod", ...secrets, FREEHOLD_KEY: "" }, "not both secrets"],
    ["a stack that is a path", { STACK: "../prod" }, 'STACK is "../prod"'],
    ["no stack", { STACK: "" }, 'STACK is ""'],
  ])("refuses %s", async (_what, env, message) => {
    const { code, output } = await step("open-state.ts", [], env);
    expect(code).toBe(1);
    expect(output).toContain(message);
  });
});

describe("the step that comments", () => {
  interface Comment {
    id: number;
    body: string;
    user: { type: string };
  }

  const calls: string[] = [];
  let comments: Comment[] = [];
  let refuse = false;
  let server: Server;

  const bodyOf = async (request: IncomingMessage) => JSON.parse(Buffer.concat(await request.toArray()).toString() || "{}") as { body?: string };

  /** The three calls of GitHub's REST API that the script makes, with its paging. */
  beforeEach(async () => {
    calls.length = 0;
    comments = [];
    refuse = false;
    server = createServer(async (request, response) => {
      const url = new URL(request.url ?? "", "http://github");
      calls.push(`${request.method} ${url.pathname}${url.search} ${request.headers.authorization}`);
      const { body = "" } = await bodyOf(request);
      const page = Number(url.searchParams.get("page"));
      const id = Number(url.pathname.split("/").at(-1));
      if (request.method === "POST") comments.push({ id: 1_000 + comments.length, body, user: { type: "Bot" } });
      if (request.method === "PATCH") comments = comments.map((comment) => (comment.id === id ? { ...comment, body } : comment));
      response.statusCode = refuse ? 403 : 200;
      response.end(
        JSON.stringify(
          refuse ? { message: "Resource not accessible by integration" } : request.method === "GET" ? comments.slice((page - 1) * 100, page * 100) : {},
        ),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterEach(async () => new Promise((resolve) => server.close(resolve)));

  const post = async (text: string) => {
    writeFileSync(join(folder, "comment.md"), text);
    const env = { GITHUB_API_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, GITHUB_REPOSITORY: "owner/home", GITHUB_TOKEN: "t0ken" };
    return step("post-comment.ts", ["12", join(folder, "comment.md")], env);
  };

  test("posts once, then changes its comment: there is always one", async () => {
    expect(await post("<!-- mark -->\nfirst")).toEqual({ code: 0, output: "" });
    expect(await post("<!-- mark -->\nsecond")).toEqual({ code: 0, output: "" });
    expect(comments.map(({ body }) => body)).toEqual(["<!-- mark -->\nsecond"]);
    expect(calls[0]).toBe("GET /repos/owner/home/issues/12/comments?per_page=100&page=1 Bearer t0ken");
    expect(calls.at(-1)).toBe("PATCH /repos/owner/home/issues/comments/1000 Bearer t0ken");
  });

  test("finds its comment behind a hundred others", async () => {
    comments = Array.from({ length: 130 }, (_, id) => ({ id, body: id === 120 ? "<!-- mark -->\nold" : "talk", user: { type: "Bot" } }));
    await post("<!-- mark -->\nnew");
    expect(comments).toHaveLength(130);
    expect(comments[120]?.body).toBe("<!-- mark -->\nnew");
  });

  test("leaves the comment of a person who copied the mark, and that of another stack", async () => {
    comments = [
      { id: 1, body: "<!-- mark -->\nmine", user: { type: "User" } },
      { id: 2, body: "<!-- other mark -->\nits", user: { type: "Bot" } },
    ];
    await post("<!-- mark -->\nnew");
    expect(comments.map(({ body }) => body)).toEqual(["<!-- mark -->\nmine", "<!-- other mark -->\nits", "<!-- mark -->\nnew"]);
  });

  test("says what GitHub said, and the cure, when it may not comment", async () => {
    refuse = true;
    const { code, output } = await post("<!-- mark -->\nnew");
    expect(code).toBe(1);
    expect(output).toContain("GitHub answered 403");
    expect(output).toContain("needs the permission pull-requests: write");
    expect(output).not.toContain("t0ken");
  });
});

describe("the step that writes a note in GitLab", () => {
  interface Note {
    id: number;
    body: string;
    author: { id: number };
  }

  let notes: Note[] = [];
  let refuse = false;
  let server: Server;

  /** The four calls of GitLab's REST API that the script makes. */
  beforeEach(async () => {
    notes = [];
    refuse = false;
    server = createServer(async (request, response) => {
      const url = new URL(request.url ?? "", "http://gitlab");
      const { body = "" } = JSON.parse(Buffer.concat(await request.toArray()).toString() || "{}") as { body?: string };
      const page = Number(url.searchParams.get("page"));
      if (request.method === "POST") notes.push({ id: 1_000 + notes.length, body, author: { id: 7 } });
      if (request.method === "PUT") notes = notes.map((note) => (note.id === Number(url.pathname.split("/").at(-1)) ? { ...note, body } : note));
      const answer = url.pathname.endsWith("/user") ? { id: 7 } : request.method === "GET" ? notes.slice((page - 1) * 100, page * 100) : {};
      response.statusCode = refuse ? 403 : request.headers["private-token"] === "t0ken" ? 200 : 401;
      response.end(JSON.stringify(refuse ? { message: "insufficient_scope" } : answer));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterEach(async () => new Promise((resolve) => server.close(resolve)));

  const post = async (text: string) => {
    writeFileSync(join(folder, "comment.md"), text);
    const env = { CI_API_V4_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v4`, CI_PROJECT_ID: "3", FREEHOLD_NOTE_TOKEN: "t0ken" };
    return step("post-note.ts", ["12", join(folder, "comment.md")], env);
  };

  test("posts once, then changes its own note, and leaves those of people who copied the mark", async () => {
    notes = [{ id: 1, body: "<!-- mark -->\nmine", author: { id: 8 } }];
    expect(await post("<!-- mark -->\nfirst")).toEqual({ code: 0, output: "" });
    expect(await post("<!-- mark -->\nsecond")).toEqual({ code: 0, output: "" });
    expect(notes.map(({ body }) => body)).toEqual(["<!-- mark -->\nmine", "<!-- mark -->\nsecond"]);
  });

  test("says what GitLab said, and the cure, when it may not write", async () => {
    refuse = true;
    const { code, output } = await post("<!-- mark -->\nnew");
    expect(code).toBe(1);
    expect(output).toContain("GitLab answered 403");
    expect(output).toContain("needs the scope api");
    expect(output).not.toContain("t0ken");
  });
});

describe("the workflows", () => {
  const root = join(import.meta.dirname, "../..");
  const workflow = (file: string) => readFileSync(join(root, file), "utf8");
  const files = [".github/workflows/preview.yml", ".github/workflows/up.yml", ".github/workflows/nightly.yml", ".gitlab-ci.yml"];

  test.each(files)("%s is YAML, and its steps run scripts and commands that there are", (file) => {
    const text = workflow(file);
    expect(() => parse(text) as unknown).not.toThrow();
    for (const [, script] of text.matchAll(/node (\.github\/scripts\/[\w-]+\.ts)/g)) expect(existsSync(join(root, script ?? ""))).toBe(true);
    const commands = [...readFileSync(join(root, "infra/cli/main.ts"), "utf8").matchAll(/\.command\("([\w-]+)"\)/g)].map(([, name]) => name);
    const used = [...text.matchAll(/freehold -- ([\w-]+)/g)].map(([, name]) => name);
    for (const name of used) expect(commands).toContain(name);
  });

  test("every action is pinned to a commit, and no token has more rights than it needs", () => {
    for (const file of files.slice(0, 3)) {
      const text = workflow(file);
      for (const [, action] of text.matchAll(/uses: (\S+)/g)) expect(action).toMatch(/@[0-9a-f]{40}$/);
      expect(text).toContain("\npermissions: {}\n");
    }
  });
});

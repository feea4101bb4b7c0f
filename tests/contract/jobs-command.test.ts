import { spawn } from "node:child_process";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { beforeEach, expect, test } from "@jest/globals";
import { exitCodes } from "../../infra/cli/jobs/job.ts";
import { successOf } from "../../runtime/worker/src/testing/worker-place.ts";
import { runJobs } from "../support/command-line.ts";
import { ownerToken } from "../support/console.ts";
import { until } from "../support/until.ts";
import { withJobsCommand } from "../support/jobs-command.ts";

const command = withJobsCommand();
const { jobs, scene } = command;

beforeEach(() => {
  scene.place.manager.onStart = (name) => finish(name, [assistant("Hello from the job")], successOf("all done"));
});
const assistant = (text: string) => ({ type: "assistant", message: { content: [{ type: "text", text }] } });
function finish(name: string, lines: object[], result: object, exitCode = 0): void {
  for (const line of [...lines, result]) scene.place.manager.print(name, line);
  scene.place.manager.exit(name, exitCode);
}
const failure = { type: "result", subtype: "error_during_execution", is_error: true, result: "no such file", permission_denials: [] };

test("run --follow shows the log as a person reads it, and ends with the job's outcome", async () => {
  const { out, notes, code } = await jobs("run", "say", "hello", "--follow", "--model", "claude-opus-5-5");
  expect(out).toMatch(/Hello from the job[^]*✓ done$/);
  expect(notes).toMatch(/^Job [0-9a-f-]{36}\n/);
  expect(code).toBe(0);
  expect(JSON.parse((await jobs("show", "last", "--json")).out)).toMatchObject({ prompt: "say hello", model: "claude-opus-5-5", state: "succeeded" });
});

test("run --wait ends with 3 for a job that failed and 4 for one that was cancelled, and prints it as JSON when asked", async () => {
  scene.place.manager.onStart = (name) => finish(name, [], failure, 1);
  const failed = await jobs("run", "fail", "--attempts", "1", "--wait", "--json");
  expect([failed.code, JSON.parse(failed.out).state]).toEqual([3, "failed"]);
  scene.place.manager.onStart = () => undefined;
  const waiting = jobs("run", "wait", "--wait", "--title", "to be cancelled");
  await until("the job to run", async () => (await jobs("ls", "--state", "running")).out.includes("to be cancelled"));
  expect((await jobs("cancel", "last")).out).toMatch(/^[0-9a-f-]{36} {2}(running|cancelled)$/);
  expect((await waiting).code).toBe(4);
});

test("a prompt comes from a file, and a command that names none or two tasks is refused with the cure", async () => {
  const path = join(command.folder, "task.md");
  await writeFile(path, "# A task\nin two lines\n");
  const { out } = await jobs("run", "--file", path, "--wait");
  expect(out).toContain("Title       # A task");
  for (const argv of [
    [],
    ["words", "--file", path],
    ["--input", "a=b", "words"],
    ["--file", join(command.folder, "missing.md")],
    ["words", "--timeout", "soon"],
  ])
    await expect(jobs("run", ...argv)).rejects.toMatchObject({ name: "Failure", cure: expect.stringMatching(/\S/) });
});

test("logs -f goes on at the byte where a connection broke, and shows each line once", async () => {
  const proxy = await cuttable(Number(new URL(command.house.url).port));
  scene.place.manager.onStart = (name) => scene.place.manager.print(name, assistant("line 1"));
  const { out: id } = await jobs("run", "be watched");
  const watched = runJobs(proxy.url, ownerToken, "logs", "-f", id);
  const name = `job-${id}-1`;
  await until("the first line to be read", () => proxy.bytes() > 0 && scene.place.manager.containers.has(name));
  for (let line = 2; line <= 6; line++) {
    await until("a reader", () => proxy.open() > 0);
    proxy.cut();
    scene.place.manager.print(name, assistant(`line ${line}`));
  }
  finish(name, [], successOf("end"));
  expect((await watched).out.split("\n").filter((line) => line.startsWith("line"))).toEqual([1, 2, 3, 4, 5, 6].map((line) => `line ${line}`));
  await proxy.close();
});

test("logs -f follows into the attempt after one that failed", async () => {
  let attempts = 0;
  scene.place.manager.onStart = (name) => {
    attempts++;
    if (attempts === 1) finish(name, [assistant("first try")], failure, 1);
    else finish(name, [assistant("second try")], successOf("at last"));
  };
  const { out, code } = await jobs("run", "try", "--follow");
  expect(out).toMatch(/first try[^]*✗ ended[^]*second try[^]*✓ done$/);
  expect(code).toBe(0);
  expect((await jobs("logs", "last", "--attempt", "1")).out).not.toContain("second try");
});

test("escape sequences in a job's output never reach the terminal; --raw prints JSON, which has none", async () => {
  scene.place.manager.onStart = (name) => finish(name, [assistant("\u001b]0;owned\u0007\u009b2Jred\u001b[31m")], successOf("x"));
  const { out } = await jobs("run", "\u001b[31mpaint", "--follow");
  const shown = [out, (await jobs("logs", "last")).out, (await jobs("show", "last")).out, (await jobs("ls")).out].join("\n");
  expect(shown).toContain("owned");
  expect(shown).not.toMatch(/(?!\n)\p{Cc}/u);
  const raw = (await jobs("logs", "last", "--raw")).out;
  expect(JSON.parse(raw.split("\n")[0]!)).toEqual(assistant("\u001b]0;owned\u0007\u009b2Jred\u001b[31m"));
});

test("cp fetches a file whole or not at all, into a folder by its own name", async () => {
  const { out: id } = await jobs("run", "write");
  const workspace = join(scene.place.jobsDir, id, "workspace");
  await mkdir(join(workspace, "out"), { recursive: true });
  await writeFile(join(workspace, "out/report.md"), "# Report\n");
  expect((await jobs("cp", `${id}:out/report.md`, command.folder)).out).toContain("(9 bytes)");
  expect(await readFile(join(command.folder, "report.md"), "utf8")).toBe("# Report\n");
  await expect(jobs("cp", `${id}:out/none.md`, join(command.folder, "report.md"))).rejects.toMatchObject({ status: 404 });
  expect((await readdir(command.folder)).filter((name) => name.endsWith(".part"))).toEqual([]);
  expect(await readFile(join(command.folder, "report.md"), "utf8")).toBe("# Report\n");
  await expect(jobs("cp", "a", "b")).rejects.toMatchObject({ cure: expect.stringContaining("JOB:") });
});

test("as a program: another home by FREEHOLD_URL and FREEHOLD_TOKEN, outcome as exit code, faults with their cure and no stack", async () => {
  const other = { FREEHOLD_URL: command.house.url, FREEHOLD_TOKEN: ownerToken };
  scene.place.manager.onStart = (name) => finish(name, [], failure, 1);
  expect(await program(other, "run", "fail", "--attempts", "1", "--wait")).toMatchObject({ code: 3, out: expect.stringContaining("failed") });
  const refused = await program({ ...other, FREEHOLD_TOKEN: "wrong" }, "ls");
  expect(refused.code).toBe(1);
  expect(refused.error).toMatch(/401[^]*What to do:[^]*FREEHOLD_TOKEN/);
  expect(refused.error).not.toContain("    at ");
}, 60_000);

test("cp brings a file into a workspace, and a folder back as an archive", async () => {
  const { out: id } = await jobs("run", "read", "--wait").then(() =>
    jobs("ls", "--limit", "1", "--json").then(({ out }) => ({ out: JSON.parse(out).jobs[0].id as string })),
  );
  await writeFile(join(command.folder, "notes.md"), "notes\n");
  expect((await jobs("cp", join(command.folder, "notes.md"), `${id}:in/`)).out).toContain("in/notes.md (6 bytes)");
  expect(await readFile(join(scene.place.jobsDir, id, "workspace/in/notes.md"), "utf8")).toBe("notes\n");
  await jobs("cp", `${id}:in`, join(command.folder, "in.zip"));
  expect((await readFile(join(command.folder, "in.zip"))).subarray(0, 2).toString()).toBe("PK");
});

test("a job with an attached file succeeds, so that it can be resumed and deleted, but not retried", async () => {
  const { out } = await jobs("run", "--attach", `${join(command.folder, "notes.md")}:in/notes.md`, "read the notes", "--wait", "--json");
  const { id } = JSON.parse(out);
  expect(await readFile(join(scene.place.jobsDir, id, "workspace/in/notes.md"), "utf8")).toBe("notes\n");
  await expect(jobs("retry", id)).rejects.toMatchObject({ status: 409 });
  const resumed = await jobs("resume", id, "now", "sum", "up", "--wait", "--json");
  expect([resumed.code, JSON.parse(resumed.out).turns.at(-1).prompt]).toEqual([0, "now sum up"]);
  expect((await jobs("rm", id)).out).toBe(`${id}  deleted`);
  await expect(jobs("show", id)).rejects.toMatchObject({ status: 404 });
  await expect(jobs("run", "--template", "none-of-ours", "--input", "a=b")).rejects.toMatchObject({ status: 404 });
});

test("the queue is paused with a reason, shown, and goes on", async () => {
  expect((await jobs("queue", "pause", "--reason", "dinner")).out).toMatch(/paused since .* dinner/);
  const { out: id } = await jobs("run", "wait your turn");
  expect((await jobs("queue")).out).toContain("1 wait");
  expect((await jobs("queue", "resume")).out).toContain("The queue runs.");
  await until("the job to end", async () => (await jobs("show", id)).out.includes("succeeded"));
});

test("nothing waits for an approval unless a job asks, and answering what nobody asked is refused with the cure", async () => {
  expect((await jobs("approvals")).out).toBe("Nothing waits for an approval.");
  await expect(jobs("approve", "last")).rejects.toMatchObject({ cure: expect.stringContaining("jobs approvals") });
});

test("the README's exit codes are the command's", async () => {
  const readme = await readFile(join(import.meta.dirname, "../../runtime/worker/README.md"), "utf8");
  const rows = [...readme.matchAll(/^\| `(\d)` \| the job (was )?(\w+) \|$/gm)].map(([, code, , state]) => [state, Number(code)]);
  expect(Object.fromEntries(rows)).toEqual(exitCodes);
});

function program(environment: Record<string, string>, ...argv: string[]): Promise<{ code: number | null; out: string; error: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, ...environment, NODE_OPTIONS: "" };
    const child = spawn(process.execPath, [join(import.meta.dirname, "../../infra/cli/main.ts"), "jobs", ...argv], { env });
    let [out, error] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (error += chunk.toString()));
    child.on("close", (code) => resolve({ code, out, error }));
  });
}

/** A TCP proxy whose connections can be cut, as a restart of the home cuts them. */
async function cuttable(port: number) {
  const sockets = new Set<Socket>();
  let bytes = 0;
  const server: Server = createServer((socket) => {
    const through = connect(port, "127.0.0.1");
    sockets.add(socket);
    const end = () => {
      sockets.delete(socket);
      socket.destroy();
      through.destroy();
    };
    through.on("data", (chunk) => (bytes += chunk.length));
    for (const side of [socket, through]) side.on("error", end).on("close", end);
    socket.pipe(through).pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bytes: () => bytes,
    open: () => sockets.size,
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
    close: () => new Promise<void>((resolve) => void server.close(() => resolve())),
  };
}

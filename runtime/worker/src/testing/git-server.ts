import { execFileSync, spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A real git server: `git http-backend` behind HTTP, with a token for what is private, and as much of GitHub's API as a pull request needs. */
export class GitServer {
  readonly token = "ghp_very-secret-token";
  /** Bodies of the pull requests that were asked for. */
  readonly pulls: { owner: string; repository: string; body: Record<string, string> }[] = [];
  /** Answers every request with this status when set. */
  status: number | undefined;
  #folder = "";
  #server: Server | undefined;
  #port = 0;
  #host = "127.0.0.1";

  get origin(): string {
    return `http://${this.#host}:${this.#port}`;
  }

  url(name: string): string {
    return `${this.origin}/team/${name}.git`;
  }

  /** `host` is an address of this machine that those who ask can reach. */
  async start(host = "127.0.0.1"): Promise<void> {
    this.#host = host;
    this.#folder = await mkdtemp(join(tmpdir(), "freehold-test-git-"));
    const server = createServer((request, response) => this.#answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server?.close(() => resolve());
      this.#server?.closeAllConnections();
    });
    await rm(this.#folder, { recursive: true });
  }

  /** Makes a repository with these files in one commit on `main`; names that begin with `private` want the token. */
  async make(name: string, files: Record<string, string>): Promise<void> {
    this.git(".", "init", "--quiet", "--bare", "--initial-branch=main", this.#bare(name));
    this.git(this.#bare(name), "config", "http.receivepack", "true");
    if (Object.keys(files).length > 0) await this.commit(name, files);
  }

  /** Adds a commit to a branch, as somebody else would. */
  async commit(name: string, files: Record<string, string>, branch = "main"): Promise<void> {
    const work = await mkdtemp(join(this.#folder, "work-"));
    this.git(".", "clone", "--quiet", this.#bare(name), work);
    this.git(work, "checkout", "--quiet", "-B", branch);
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(work, path)), { recursive: true });
      await writeFile(join(work, path), text);
    }
    this.git(work, "add", "--all");
    this.git(work, "-c", "user.name=t", "-c", "user.email=t@t", "commit", "--quiet", "--message", `commit to ${branch}`);
    this.git(work, "push", "--quiet", "origin", `${branch}:${branch}`);
  }

  /** A command of git's in a repository, with its output. */
  in(name: string, ...argv: string[]): string {
    return this.git(this.#bare(name), ...argv);
  }

  git(folder: string, ...argv: string[]): string {
    return execFileSync("git", ["-c", "safe.directory=*", ...argv], {
      cwd: folder === "." ? this.#folder : folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    }).trim();
  }

  #bare(name: string): string {
    return join(this.#folder, "team", `${name}.git`);
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { pathname, search } = new URL(request.url ?? "/", this.origin);
    if (this.status !== undefined) return void response.writeHead(this.status).end();
    if (pathname.startsWith("/api/v3/")) return this.#api(request, response, pathname);
    const [, user = "", token = ""] = /^(.*?):(.*)$/.exec(Buffer.from(request.headers.authorization?.replace(/^Basic /, "") ?? "", "base64").toString()) ?? [];
    if (pathname.startsWith("/team/private") && token !== this.token) return void response.writeHead(401, { "www-authenticate": 'Basic realm="git"' }).end();
    this.#cgi(request, response, { pathname, query: search.slice(1), user });
  }

  #api(request: IncomingMessage, response: ServerResponse, pathname: string): void {
    const [, , , , owner = "", repository = ""] = pathname.split("/");
    const json = (status: number, body: unknown) => void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    if (request.headers.authorization !== `Bearer ${this.token}`) return json(401, { message: "Bad credentials" });
    const open = this.pulls.filter((pull) => pull.repository === repository);
    const shown = open.map((pull, index) => ({ html_url: `${this.origin}/${owner}/${repository}/pull/${index + 1}`, head: { ref: pull.body["head"] } }));
    if (request.method === "GET") return json(200, shown);
    let text = "";
    request.on("data", (piece: Buffer) => (text += piece.toString()));
    request.on("end", () => {
      const body = JSON.parse(text) as Record<string, string>;
      if (open.some((pull) => pull.body["head"] === body["head"])) return json(422, { message: "A pull request already exists" });
      this.pulls.push({ owner, repository, body });
      return json(201, { html_url: `${this.origin}/${owner}/${repository}/pull/${open.length + 1}` });
    });
  }

  #cgi(request: IncomingMessage, response: ServerResponse, { pathname, query, user }: { pathname: string; query: string; user: string }): void {
    const env = {
      PATH: process.env["PATH"],
      HOME: this.#folder,
      GIT_PROJECT_ROOT: this.#folder,
      GIT_HTTP_EXPORT_ALL: "1",
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: "safe.directory",
      GIT_CONFIG_VALUE_0: "*",
      GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
      PATH_INFO: pathname,
      QUERY_STRING: query,
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers["content-type"] ?? "",
      REMOTE_USER: user === "" ? "anonymous" : user,
      REMOTE_ADDR: "127.0.0.1",
      ...(request.headers["content-encoding"] === undefined ? {} : { HTTP_CONTENT_ENCODING: request.headers["content-encoding"] }),
    };
    const backend = spawn("git", ["http-backend"], { env });
    request.pipe(backend.stdin);
    backend.stdin.on("error", () => undefined);
    const pieces: Buffer[] = [];
    backend.stdout.on("data", (piece: Buffer) => pieces.push(piece));
    backend.on("close", () => {
      const all = Buffer.concat(pieces);
      const end = all.indexOf("\r\n\r\n");
      const headers = all
        .subarray(0, Math.max(0, end))
        .toString()
        .split("\r\n")
        .map((line) => /^([^:]+):\s*(.*)$/.exec(line))
        .flatMap((match) => (match === null ? [] : [[match[1] ?? "", match[2] ?? ""] as const]));
      const status = Number(headers.find(([name]) => name.toLowerCase() === "status")?.[1].slice(0, 3) ?? 200);
      response.writeHead(status, Object.fromEntries(headers.filter(([name]) => name.toLowerCase() !== "status"))).end(all.subarray(end + 4));
    });
  }
}

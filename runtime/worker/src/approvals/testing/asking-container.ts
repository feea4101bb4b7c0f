import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { approvalFolder } from "../asking-server.ts";

const program = join(import.meta.dirname, "../../../../images/job/ask-owner.mjs");

interface Reply {
  id: number;
  result: { content: [{ text: string }] };
}

/** What a container does when it asks: the job image's own MCP server over a job's folders, spoken to as Claude Code does. */
export class AskingContainer {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  #last = 0;

  constructor(jobFolder: string, attempt = 1) {
    const folder = approvalFolder(attempt);
    this.#child = spawn(process.execPath, [program, join(jobFolder, "claude", folder), join(jobFolder, "input", folder)], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    createInterface({ input: this.#child.stdout as NodeJS.ReadableStream }).on("line", (line) => {
      const reply = JSON.parse(line) as Reply;
      this.#waiting.get(reply.id)?.(reply);
    });
  }

  /** The server's answer to Claude Code. */
  async ask(tool: string, input: object): Promise<{ behavior: string; updatedInput?: unknown; message?: string }> {
    const id = ++this.#last;
    const replied = new Promise<Reply>((resolve) => this.#waiting.set(id, resolve));
    const call = { jsonrpc: "2.0", id, method: "tools/call", params: { name: "ask", arguments: { tool_name: tool, input, tool_use_id: `toolu_${id}` } } };
    this.#child.stdin?.write(`${JSON.stringify(call)}\n`);
    return JSON.parse((await replied).result.content[0].text) as { behavior: string };
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, "exit");
    this.#child.stdin?.end();
    await ended;
  }
}

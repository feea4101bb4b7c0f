import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { basename } from "node:path";
import { messageOf } from "../../../runtime/kernel/src/errors.ts";
import { Failure } from "../failure.ts";
import type { HomeClient } from "../home-client.ts";

export interface RunOptions {
  file?: string;
  template?: string;
  input: string[];
  attach: string[];
  model?: string;
  title?: string;
  attempts?: number;
  timeout?: number;
  priority?: number;
  budget?: number;
  permissionMode?: string;
  key?: string;
}

/** The body of `POST /api/jobs`; files that go with it are uploaded first. Throws: Failure. */
export async function jobRequestOf(home: HomeClient, words: readonly string[], options: RunOptions): Promise<Record<string, unknown>> {
  const task = await taskOf(words, options);
  const files: object[] = [];
  for (const attached of options.attach) files.push(await uploadOf(home, attached));
  const fields = {
    ...task,
    title: options.title,
    model: options.model,
    maxAttempts: options.attempts,
    timeoutMs: options.timeout,
    priority: options.priority,
    budgetUsd: options.budget,
    permissionMode: options.permissionMode,
    idempotencyKey: options.key,
    files: files.length === 0 ? undefined : files,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

async function taskOf(words: readonly string[], { file, template, input }: RunOptions): Promise<object> {
  const given = [words.length > 0, file !== undefined, template !== undefined].filter(Boolean).length;
  if (given !== 1)
    throw new Failure(
      given === 0 ? "There is nothing to do." : "Only one of a prompt, --file and --template can be the task.",
      'Write jobs run "what to do", jobs run --file task.md (- reads standard input), or jobs run --template name --input field=value.',
    );
  if (template !== undefined) return { template, inputs: Object.fromEntries(input.map(inputOf)) };
  if (input.length > 0) throw new Failure("--input goes with --template.", "Leave it out, or name a template.");
  return { prompt: file === undefined ? words.join(" ") : await textOf(file) };
}

function inputOf(text: string): [string, string] {
  const at = text.indexOf("=");
  if (at < 1) throw new Failure(`--input ${text} has no name and value.`, "Write --input field=value.");
  return [text.slice(0, at), text.slice(at + 1)];
}

async function textOf(path: string): Promise<string> {
  try {
    return await (path === "-" ? standardInput() : readFile(path, "utf8"));
  } catch (cause) {
    throw new Failure(`${path} can't be read: ${messageOf(cause)}`, "Name a text file, or - for standard input.", cause);
  }
}

async function standardInput(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** `notes.md`, or `notes.md:in/notes.md` for another place in the workspace. */
async function uploadOf(home: HomeClient, attached: string): Promise<{ path: string; uploadId: string }> {
  const [, from = attached, to] = /^(.*?)(?::([^:]+))?$/s.exec(attached) ?? [];
  const found = await stat(from).catch(() => undefined);
  if (found?.isFile() !== true)
    throw new Failure(`There is no file ${from} here.`, "Name a file: --attach notes.md, or notes.md:in/notes.md for its place in the workspace.");
  const headers = { "content-type": "application/octet-stream", "content-length": String(found.size) };
  const { body } = await home.send("POST", `/api/uploads?name=${encodeURIComponent(basename(from))}`, { body: createReadStream(from), headers });
  const { id } = (await body.json()) as { id: string };
  return { path: to ?? basename(from), uploadId: id };
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** `90s`, `15m`, `2h`. Throws: Failure. Units: milliseconds. */
export function durationOf(text: string): number {
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? [];
  const factor = units[unit];
  if (number === undefined || factor === undefined) throw new Failure(`"${text}" is no duration.`, "Write 90s, 15m or 2h.");
  return Math.round(Number(number) * factor);
}

/** Throws: Failure. */
export function numberOf(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) throw new Failure(`"${text}" is no number.`, "Write digits.");
  return value;
}

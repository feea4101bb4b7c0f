import type { McpServers } from "../../api/job-types.ts";
import { argumentsOf, commandLineOf, pairsOf } from "../../command-line.ts";

export const serverKinds = ["stdio", "http", "sse"] as const;
export type ServerKind = (typeof serverKinds)[number];

/** A server of tools as a form holds it; what the other kind has stays written, unsent. */
export interface ServerDraft {
  name: string;
  kind: ServerKind;
  /** Shape: one line, quoted as for a shell. */
  command: string;
  /** Shape: a line each, `NAME=value`. */
  environment: string;
  url: string;
  /** Shape: a line each, `Name: value`. */
  headers: string;
}

export const noServer: ServerDraft = { name: "", kind: "stdio", command: "", environment: "", url: "", headers: "" };

export const mostServers = 20;

/** What is sent: of each server what its kind has. */
export function serversOf(drafts: readonly ServerDraft[]): McpServers | undefined {
  return drafts.length === 0 ? undefined : Object.fromEntries(drafts.map((draft) => [draft.name.trim(), serverOf(draft)]));
}

function serverOf({ kind, command, environment, url, headers }: ServerDraft): McpServers[string] {
  if (kind === "stdio") {
    const [program = "", ...args] = argumentsOf(command);
    const env = pairsOf(environment);
    return { command: program, ...(args.length > 0 && { args }), ...(hasAny(env) && { env }) };
  }
  const sent = Object.fromEntries(Object.entries(pairsOf(headers, ":")).map(([name, value]) => [name, value.trim()]));
  return { type: kind, url: url.trim(), ...(hasAny(sent) && { headers: sent }) };
}

const hasAny = (pairs: object) => Object.keys(pairs).length > 0;

/** The form's rows for servers that are known, such as a template's. */
export function draftOfServers(servers: McpServers): ServerDraft[] {
  return Object.entries(servers).map(([name, server]) =>
    "url" in server
      ? { ...noServer, name, kind: server.type, url: server.url, headers: linesOf(server.headers, ": ") }
      : { ...noServer, name, command: commandLineOf([server.command, ...(server.args ?? [])]), environment: linesOf(server.env, "=") },
  );
}

const linesOf = (pairs: Readonly<Record<string, string>> = {}, sign: string) =>
  Object.entries(pairs)
    .map(([name, value]) => `${name}${sign}${value}`)
    .join("\n");

/** Only the names of what may be secret. */
export const withoutValues = (draft: ServerDraft): ServerDraft => ({
  ...draft,
  environment: linesOf(emptied(pairsOf(draft.environment)), "="),
  headers: linesOf(emptied(pairsOf(draft.headers, ":")), ":"),
});

const emptied = (pairs: Record<string, string>) => Object.fromEntries(Object.keys(pairs).map((name) => [name, ""]));

export type ServerProblems = Partial<Record<keyof ServerDraft, string>>;

/** What the worker would refuse, in the same words where it can be; a template's blanks may stand for anything. */
export function serverProblems(draft: ServerDraft, others: readonly ServerDraft[]): ServerProblems {
  const { name, kind, command, environment, url, headers } = draft;
  const problems: Record<string, string | undefined> = { name: nameProblem(name.trim(), others) };
  if (kind === "stdio") {
    problems["command"] = argumentsOf(command).length === 0 ? "Which program? For example: npx -y some-server" : undefined;
    problems["environment"] = lineProblem(environment, /^[A-Za-z_]\w{0,99}$/, "=", "NAME=value");
  } else {
    problems["url"] = addressProblem(url);
    problems["headers"] = lineProblem(headers, /^[A-Za-z][\w-]{0,99}$/, ":", "Name: value");
  }
  return Object.fromEntries(Object.entries(problems).filter(([, problem]) => problem !== undefined));
}

function nameProblem(name: string, others: readonly ServerDraft[]): string | undefined {
  if (name === "freehold") return "freehold is the home's own server; choose another name";
  if (!/^[A-Za-z][\w-]{0,59}$/.test(name)) return "A letter, then letters, digits, - and _";
  return others.some((other) => other.name.trim() === name) ? "Another server has this name" : undefined;
}

export const hasBlank = (text: string): boolean => /\{\{.*\}\}/.test(text);

export const readUrl = (text: string): URL | undefined => (URL.canParse(text.trim()) ? new URL(text.trim()) : undefined);

export function addressProblem(text: string): string | undefined {
  if (hasBlank(text)) return undefined;
  return /^https?:$/.test(readUrl(text)?.protocol ?? "") ? undefined : "An address that begins with https:// or http://";
}

function lineProblem(text: string, name: RegExp, sign: string, shape: string): string | undefined {
  for (const line of text.split("\n").filter((one) => one.trim() !== "")) {
    const at = line.indexOf(sign);
    const given = line.slice(0, at).trim();
    if (at === -1 || !name.test(given)) return `A line each: ${shape}`;
    if (line.slice(at + 1).trim() === "") return `${given} has no value. Values may be secret, so they are not kept when the page is left`;
  }
  return undefined;
}

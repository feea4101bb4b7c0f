import { stripVTControlCharacters } from "node:util";
import { listChanges, metadata, nameAt, readChanges, resourceHeader } from "./changed-resources.ts";

/** What a preview of a stack said. */
export interface Preview {
  stack: string;
  /** Of the command; not 0 when a policy or the engine refused. */
  exitCode: number;
  /** What `pulumi preview --diff` printed, with whatever stood around it. */
  output: string;
  commit: string;
  /** The address of the run's log. */
  runUrl: string;
}

/** By this a later run finds the comment of an earlier one. */
export const marker = (stack: string) => `<!-- freehold preview: ${stack} -->`;

/** GitHub refuses comments above 65,536 characters. */
const longest = 60_000;

/** The comment on a pull request: the outcome, what policies refused, which resources change, those that lose something first; the diff is folded. Shape: Markdown. */
export function renderComment(preview: Preview): string {
  const lines = plain(preview.output).split("\n");
  const { violations, rest } = splitViolations(lines);
  const origin = `<sub>\`${preview.commit.slice(0, 12)}\` · [log of the run](${preview.runUrl})</sub>`;
  const blocks = violations.map(({ policy, resource, text }) => `**\`${policy}\`** on ${resource}\n\n${fence("text", text)}`);
  const refusals = withinRoom(blocks, longest / 2);
  const more = blocks.length - refusals.length;
  const changes = listChanges(readChanges(rest));
  const top = [
    marker(preview.stack),
    `### ${title(preview, lines, violations)}`,
    origin,
    ...refusals,
    ...(more === 0 ? [] : [`${more} more refusals are in the log of the run.`]),
    ...(changes === "" ? [] : [changes]),
  ];
  const failed = preview.exitCode !== 0 && violations.length === 0;
  return `${top.join("\n\n")}\n\n${details(rest, { room: longest / 2 - changes.length, open: failed })}\n`;
}

/** The first of some texts, as many as fit. Units: characters. */
function withinRoom(texts: readonly string[], room: number): string[] {
  let left = room;
  const end = texts.findIndex((text) => (left -= text.length + 1) < 0);
  return texts.slice(0, end === -1 ? texts.length : end);
}

interface PolicyViolation {
  policy: string;
  resource: string;
  mandatory: boolean;
  text: string;
}

function title({ stack, exitCode }: Preview, lines: readonly string[], violations: readonly PolicyViolation[]): string {
  const refused = new Set(violations.filter(({ mandatory }) => mandatory).map(({ policy }) => policy));
  const name = `Preview of \`${stack}\``;
  if (refused.size > 0) return `${name}: refused by ${refused.size === 1 ? "a policy" : `${refused.size} policies`}`;
  if (exitCode !== 0) return `${name}: failed`;
  const changes = countChanges(lines);
  return `${name}: ${changes.length === 0 ? "no changes" : changes.join(", ")}`;
}

/** Reads the block that Pulumi prints last. Shape: `Resources:`, then lines such as `    + 3 to create`. */
function countChanges(lines: readonly string[]): string[] {
  const block = lines.slice(lines.lastIndexOf("Resources:") + 1);
  const end = block.findIndex((line) => !line.startsWith("    "));
  return block.slice(0, end === -1 ? block.length : end).flatMap((line) => /(\d+ to [a-z]+)/.exec(line)?.[1] ?? []);
}

const violationStart = /^\s*(?:- )?(?:\S+@v\S+ )?\[(mandatory|advisory)\]\s+([\w-]+)\s+\(([^()]*)\)(.*)$/;

/** Takes the policies' refusals out of the diff, where Pulumi strews them; ours end with their cure. */
function splitViolations(lines: readonly string[]): { violations: PolicyViolation[]; rest: string[] } {
  const violations: PolicyViolation[] = [];
  const rest: string[] = [];
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    const [start, level, policy = "", resource = "", description = ""] = violationStart.exec(line) ?? [];
    if (start === undefined) {
      rest.push(line);
      continue;
    }
    const length = lines.slice(at + 1, at + 8).findIndex((following) => /^\s*cure:/.test(following)) + 1;
    const text = [description, ...lines.slice(at + 1, at + 1 + length)].join("\n").trim();
    violations.push({ policy, resource: resource.replace(/^.*: /, ""), mandatory: level === "mandatory", text });
    at += length;
  }
  return { violations, rest };
}

function details(lines: readonly string[], { room, open }: { room: number; open: boolean }): string {
  const coloured = withNames(lines).map(forDiff);
  const shown = withinRoom(coloured, room);
  const hidden = coloured.length - shown.length;
  const note = hidden === 0 ? "" : `\n\n${hidden} more lines are in the log of the run.`;
  return `<details${open ? " open" : ""}><summary>What would change</summary>\n\n${fence("diff", shown.join("\n").trim())}${note}\n\n</details>`;
}

/** Puts a resource's name beside its type and leaves out its id, URN and provider, which say nothing to a reviewer, and the engine's signs of life. */
function withNames(lines: readonly string[]): string[] {
  return lines.flatMap((line, at) => {
    if (metadata.test(line) || /^@ \w+ update\.+$/.test(line)) return [];
    const [, type, operation] = resourceHeader.exec(line) ?? [];
    if (type === undefined) return [line];
    const name = nameAt(lines, at);
    return [`${type}${name === "" ? "" : ` ${name}`} (${operation})`];
  });
}

/** GitHub colours a diff by the first character of a line; Pulumi puts its sign where the property stands. */
function forDiff(line: string): string {
  const [, blank = "", sign = "", rest = ""] = /^( +)(\+-|-\+|\+\+|--|[+~-])(.*)$/.exec(line) ?? [];
  if (sign === "") return line;
  const first = sign === "+" || sign === "++" ? "+" : sign === "-" || sign === "--" ? "-" : "!";
  return `${first}${blank.slice(1)}${" ".repeat(sign.length)}${rest}`;
}

/** A code block whose fence is longer than any run of backticks inside, so that nothing breaks out of it. */
function fence(language: string, text: string): string {
  const longestRun = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const ticks = "`".repeat(longestRun + 1);
  return `${ticks}${language}\n${text}\n${ticks}`;
}

/** Without colours, and without carriage returns of progress lines. */
const plain = (output: string) => stripVTControlCharacters(output).replaceAll("\r\n", "\n").replaceAll("\r", "\n");

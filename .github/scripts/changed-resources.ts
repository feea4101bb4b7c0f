/** A resource that a preview would change. */
export interface ChangedResource {
  /** Pulumi's word. Shape: `create`, `update`, `replace`, `delete` … */
  operation: string;
  name: string;
  /** The last part of its type. Shape: `Container`. */
  kind: string;
}

/** A resource's first line in a diff; its id, URN and provider follow. */
export const resourceHeader = /^(\s*(?:\+-|-\+|\+\+|--|[+~-])?\s*\S+:\S+:\S+): \(([\w -]+)\)/;
export const metadata = /^\s*\[(id|urn|provider)=(.*)\]$/;

/** The name of the resource whose header stands at a line; empty where no URN follows. */
export function nameAt(lines: readonly string[], at: number): string {
  const urn = lines.slice(at + 1, at + 4).find((following) => metadata.exec(following)?.[1] === "urn");
  return urn === undefined ? "" : urn.slice(urn.lastIndexOf("::") + 2, -1);
}

/** What has no existence of its own: the stack, providers, and this project's components. */
const onPaper = /\b(pulumi|freehold):/;

/** What a diff says would change, in its order. */
export function readChanges(lines: readonly string[]): ChangedResource[] {
  return lines.flatMap((line, at) => {
    const [, type = "", operation = "same"] = resourceHeader.exec(line) ?? [];
    const name = nameAt(lines, at).replaceAll("`", "'").slice(0, 80);
    return operation === "same" || name === "" || onPaper.test(type) ? [] : [{ operation, name, kind: type.slice(type.lastIndexOf(":") + 1) }];
  });
}

/** What can lose something comes first. */
const gravest = ["delete", "replace", "update"];
const rank = ({ operation }: ChangedResource) => (gravest.includes(operation) ? gravest.indexOf(operation) : gravest.length);

/** How many names stand beside one word: more where something is lost. */
const most = (operation: string) => (operation === "delete" || operation === "replace" ? 60 : 12);

/** One line for each operation. Shape: Markdown list; empty where nothing changes. */
export function listChanges(changes: readonly ChangedResource[]): string {
  const operations = [...new Set(changes.toSorted((one, other) => rank(one) - rank(other)).map(({ operation }) => operation))];
  const line = (operation: string) =>
    named(
      changes.filter((change) => change.operation === operation),
      most(operation),
    );
  return operations.map((operation) => `- **${operation}** ${line(operation)}`).join("\n");
}

function named(changes: readonly ChangedResource[], limit: number): string {
  const shown = changes.slice(0, limit);
  const more = changes.length - shown.length;
  return shown.map(({ name, kind }) => `\`${name}\` (${kind})`).join(", ") + (more === 0 ? "" : ` and ${more} more`);
}

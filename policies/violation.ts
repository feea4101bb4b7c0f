/** What a rule found wrong: the value, the limit it breaks, and what to do about it. */
export interface Finding {
  found: string;
  limit: string;
  cure: string;
}

export interface Violation extends Finding {
  /** Name and type of the resource, or undefined when the stack as a whole is meant. */
  resource: { name: string; type: string } | undefined;
  rule: string;
}

/** The message that Pulumi shows under the policy's name. */
export function violation({ resource, rule, found, limit, cure }: Violation): string {
  const subject = resource === undefined ? "The stack" : `${resource.name} (${resource.type})`;
  return [`${subject}: ${rule}`, `  found: ${found}`, `  limit: ${limit}`, `  cure:  ${cure}`].join("\n");
}

/** The finding where something is broken, else none. */
export const when = (broken: boolean, finding: Finding): Finding[] => (broken ? [finding] : []);

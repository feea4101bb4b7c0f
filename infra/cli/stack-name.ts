import { Failure } from "./failure.ts";

/** A stack's name as it is given: it becomes part of files' and containers' names. Throws: Failure for what can't be one. */
export function stackName(text: string): string {
  if (/^[a-z][a-z0-9-]{0,30}$/.test(text)) return text;
  throw new Failure(`"${text}" can't be the name of a stack.`, "Use lower-case letters, digits and hyphens, such as dev.");
}

import { fault } from "../errors.ts";

const nameBytes = 255;
const deepest = 100;
/** Control characters, and those that turn the direction of the text around them and so can make a name look like another. */
const misleading = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029]/u;

/** The names of a path's parts, for something that is there; whatever a job has made can be named. Throws: AppError `file.bad-path`. */
export function namesOf(path: string): string[] {
  if (path.includes("\0")) throw fault("file.bad-path", "A path holds no NUL character.");
  const names = path.split("/").filter((name) => name !== "");
  if (names.some((name) => name === "." || name === "..")) throw fault("file.bad-path", `${path} goes up with "..": name the place itself.`);
  if (names.length === 0) throw fault("file.bad-path", "The workspace itself can't be changed; name something in it.");
  return names;
}

/** The same for something new: names that every system can hold and every reader can tell apart. Throws: AppError `file.bad-path`. */
export function newNamesOf(path: string): string[] {
  const names = namesOf(path);
  if (names.length > deepest) throw fault("file.bad-path", `The path is ${names.length} folders deep; at most ${deepest} are made.`);
  for (const name of names) {
    if (Buffer.byteLength(name) > nameBytes) throw fault("file.bad-path", `A name has ${Buffer.byteLength(name)} bytes; at most ${nameBytes} are possible.`);
    if (misleading.test(name) || !name.isWellFormed())
      throw fault("file.bad-path", `The name ${JSON.stringify(name)} holds control characters, which new names may not.`);
  }
  return names;
}

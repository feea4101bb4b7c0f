/** Where a thing stands in a file. Units: both count from 1; columns count bytes of UTF-8. */
export interface Position {
  line: number;
  column: number;
}

/** What keeps Ofelia from reading a file at all: broken syntax, or a value of the wrong type. */
export class CronFileError extends Error {
  readonly position: Position;
  readonly cure: string;

  constructor(position: Position, message: string, cure: string) {
    super(message);
    this.name = "CronFileError";
    this.position = position;
    this.cure = cure;
  }
}

/** Unicode's white space, as Go has it (JavaScript's `\s` differs in U+0085 and U+FEFF); the inside of a character class. */
export const whiteSpace = "\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";

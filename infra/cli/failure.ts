/** A failure that a person can act on: what happened, and the cure. The CLI prints it without a stack trace and ends with 1. */
export class Failure extends Error {
  readonly cure: string;

  constructor(what: string, cure: string, cause?: unknown) {
    super(what, cause === undefined ? undefined : { cause });
    this.name = "Failure";
    this.cure = cure;
  }
}

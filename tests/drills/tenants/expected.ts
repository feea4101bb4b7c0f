/** What became of a request: done, refused, or unknown because the answer was lost with whoever should have given it. */
export type Outcome = "done" | "refused" | "unknown";

/** What a tenant may be by now: one value where all answers came, more where one was lost on the way. */
export class Expected {
  readonly id: string;
  desired = new Set<string>();
  memoryMb = new Set<number>();
  /** What a file in its home may say just now. */
  notes = new Set<string>([""]);
  readonly #coming = new Set<string>();
  #promised: ReadonlySet<string> | undefined;
  /** Opens its page; undefined until it is known. */
  token: string | undefined;

  constructor(id: string) {
    this.id = id;
  }

  /** Takes note of a request that turns one wish into another. */
  wished(outcome: Outcome, turn: (desired: string) => string | readonly string[]): void {
    this.desired = changed(this.desired, outcome, turn);
  }

  resized(outcome: Outcome, memoryMb: number): void {
    this.memoryMb = changed(this.memoryMb, outcome, () => memoryMb);
  }

  /** Somebody wrote into the home; a restore under way may still undo it. */
  wrote(note: string): void {
    this.notes = new Set([note, ...this.#coming]);
    this.#promised = undefined;
  }

  /** A restore takes place some time after it was asked for, so both are possible until all has come to rest; one that was confirmed must have taken place then. */
  restored(outcome: Outcome, notes: ReadonlySet<string>): void {
    if (outcome === "refused") return;
    for (const note of notes) {
      this.notes.add(note);
      this.#coming.add(note);
    }
    this.#promised = outcome === "done" ? notes : undefined;
  }

  /** What the home may say once no restore is under way. */
  get atRest(): ReadonlySet<string> {
    return this.#promised ?? this.notes;
  }

  /** All has come to rest, and this is what was found. */
  found({ desired, memoryMb, note }: { desired: string; memoryMb: number; note: string }): void {
    this.desired = new Set([desired]);
    this.memoryMb = new Set([memoryMb]);
    this.notes = new Set([note]);
    this.#coming.clear();
    this.#promised = undefined;
  }
}

export function changed<T>(before: ReadonlySet<T>, outcome: Outcome, turn: (value: T) => T | readonly T[]): Set<T> {
  if (outcome === "refused") return new Set(before);
  const after = [...before].flatMap((value) => turn(value));
  return new Set(outcome === "done" ? after : [...before, ...after]);
}

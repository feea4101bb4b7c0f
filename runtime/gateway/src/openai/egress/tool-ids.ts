/**
 * The ids of an answer's calls: the provider's own where Anthropic's callers can give it back and the conversation has not seen it yet; some services count
 * from nought again in every answer, or give none.
 */
export class ToolIds {
  readonly #used: Set<string>;
  readonly #newId: () => string;

  constructor(known: Iterable<string>, newId: () => string) {
    this.#used = new Set(known);
    this.#newId = newId;
  }

  of(given: unknown): string {
    const kept = typeof given === "string" ? given.replaceAll(/[^a-zA-Z0-9_-]/g, "_").slice(0, 200) : "";
    const id = kept === "" || this.#used.has(kept) ? `toolu_${this.#newId()}` : kept;
    this.#used.add(id);
    return id;
  }
}

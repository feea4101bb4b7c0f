/** Which models a provider has, and by which names. A `*` in a pattern stands for any text. */
export interface ModelRules {
  /** From what callers ask for to what the provider calls it; the first match holds. */
  aliases: Readonly<Record<string, string>>;
  /** Beside the aliases; everything passes unless given. */
  only: readonly string[] | undefined;
}

export class ModelMap {
  readonly #aliases: readonly (readonly [RegExp, string])[];
  readonly #only: readonly RegExp[] | undefined;

  constructor({ aliases, only }: ModelRules) {
    this.#aliases = Object.entries(aliases).map(([pattern, name]) => [toExpression(pattern), name] as const);
    this.#only = only?.map(toExpression);
  }

  /** The provider's own name of a model, or undefined where it does not offer it. */
  nameOf(model: string): string | undefined {
    for (const [pattern, name] of this.#aliases) if (pattern.test(model)) return name;
    return this.#only === undefined || this.#only.some((pattern) => pattern.test(model)) ? model : undefined;
  }
}

/** A pattern in which `*` stands for any text. */
export const toExpression = (pattern: string) => new RegExp(`^${pattern.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll("*", ".*")}$`, "s");

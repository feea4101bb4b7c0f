/** The values of a series' labels by their names. */
export type Labels = Readonly<Record<string, string | number>>;

export interface FamilyParts {
  name: string;
  help: string;
  labelNames: readonly string[];
}

/**
 * The series of one metric, found by the values of their labels: one lookup where there is one label. Prom-client's own metrics put a text together for each
 * observation, and each of a histogram's bounds into a text as well; a request of the gateway makes some twenty.
 */
export class SeriesOf<T> {
  readonly #parts: FamilyParts;
  readonly #begin: () => T;
  readonly #all = new Map<string | number | undefined, { labels: Labels; state: T }>();

  constructor(parts: FamilyParts, begin: () => T) {
    this.#parts = parts;
    this.#begin = begin;
    // Without labels there is one series, which is there from the start.
    if (parts.labelNames.length === 0) this.of({});
  }

  /** Throws: TypeError for labels that are not the metric's. */
  of(labels: Labels): T {
    const key = this.#keyOf(labels);
    return this.#all.get(key)?.state ?? this.#add(key, labels);
  }

  lines<L>(render: (state: T, labels: Labels) => L[]): L[] {
    return [...this.#all.values()].flatMap(({ state, labels }) => render(state, labels));
  }

  #keyOf(labels: Labels): string | number | undefined {
    const { labelNames } = this.#parts;
    if (labelNames.length === 1) return labels[labelNames[0] as string];
    let key = "";
    for (const name of labelNames) key += `${labels[name]}\n`;
    return key;
  }

  #add(key: string | number | undefined, labels: Labels): T {
    const { name, labelNames } = this.#parts;
    const given = Object.keys(labels);
    if (given.length !== labelNames.length || !given.every((label) => labelNames.includes(label)))
      throw new TypeError(`The labels of ${name} are [${labelNames.join(", ")}], not [${given.join(", ")}].`);
    const state = this.#begin();
    this.#all.set(key, { labels: { ...labels }, state });
    return state;
  }
}

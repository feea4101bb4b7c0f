export interface LoopSettings {
  /** Units: milliseconds between the end of one round and the start of the next. */
  everyMs: number;
  action: () => Promise<void>;
  onError: (thrown: unknown) => void;
}

/** Repeats an action, one round at a time, until stopped; a round that throws is followed by the next. */
export class Loop {
  readonly #settings: LoopSettings;
  #wake: () => void = () => undefined;
  #woken = false;
  #stopped = false;
  #ended: Promise<void> = Promise.resolve();

  constructor(settings: LoopSettings) {
    this.#settings = settings;
  }

  start(): void {
    this.#ended = this.#run();
  }

  /** Begins the next round now, or right after the one that is under way. */
  wake(): void {
    this.#woken = true;
    this.#wake();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake();
    await this.#ended;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      this.#woken = false;
      await this.#settings.action().catch(this.#settings.onError);
      if (!this.#woken && !this.#stopped) await this.#pause();
    }
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#settings.everyMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

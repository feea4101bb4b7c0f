/** Tells a person what set-up does, why a step is slow, and for how long it has been at it. Silent while nothing is to do. */

export type Output = { write(text: string): unknown; isTTY?: boolean | undefined; columns?: number | undefined };
export type Clock = { now(): number; every(milliseconds: number, act: () => void): () => void };

export type Step = {
  /** What is done, as a noun: "Pulumi engine". */
  what: string;
  /** One line: what it takes and why that is slow. */
  why?: string;
};

export type Progress = {
  /** Shows a step while its work runs. `latest` shows the newest line of the work's own output. */
  step<T>(step: Step, work: (latest: (line: string) => void) => Promise<T>): Promise<T>;
  /** One line that stays. */
  note(line: string): void;
};

const TTY_EVERY_MS = 1_000;
const PLAIN_EVERY_MS = 15_000;
const CLEAR_LINE = "\r\u001b[2K";

const systemClock: Clock = {
  now: () => Date.now(),
  every: (milliseconds, act) => {
    const timer = setInterval(act, milliseconds);
    return () => clearInterval(timer);
  },
};

/** On a terminal the line of a running step is rewritten each second; elsewhere a line is added each 15 seconds. */
export function createProgress(output: Output, clock: Clock = systemClock): Progress {
  const line = (text: string): void => void output.write(`${text}\n`);
  return {
    note: line,
    async step({ what, why }, work) {
      const began = clock.now();
      let newest = "";
      line(why === undefined ? what : `${what} (${why})`);
      const beat = (): void => {
        const text = `  … ${elapsed(clock.now() - began)}${newest === "" ? "" : `  ${newest}`}`;
        if (output.isTTY) output.write(CLEAR_LINE + text.slice(0, (output.columns ?? 80) - 1));
        else line(text);
      };
      const stop = clock.every(output.isTTY ? TTY_EVERY_MS : PLAIN_EVERY_MS, beat);
      const end = (text: string): void => {
        stop();
        if (output.isTTY) output.write(CLEAR_LINE);
        line(text);
      };
      try {
        const result = await work((text) => (newest = text.trim() === "" ? newest : text.trim()));
        end(`  done in ${elapsed(clock.now() - began)}`);
        return result;
      } catch (error) {
        end(`  failed after ${elapsed(clock.now() - began)}`);
        throw error;
      }
    },
  };
}

/** A duration as people say it. Units: milliseconds in. */
export function elapsed(milliseconds: number): string {
  if (milliseconds < 9_950) return `${(milliseconds / 1_000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1_000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

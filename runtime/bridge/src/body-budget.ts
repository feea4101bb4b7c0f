/** Lets large bodies in only as far as there is memory for them; in the order in which they came. */
export interface BodyBudget {
  /**
   * Resolves with what gives the bytes back, once there is room. A body bigger than the whole budget gets in alone.
   * Throws: the signal's reason.
   */
  admit(bytes: number, signal: AbortSignal): Promise<() => void>;
}

interface Waiting {
  bytes: number;
  enter: () => void;
}

/** Units: bytes. Smaller bodies never wait: ordinary prompts must not stand behind somebody's album. */
const smallBytes = 256 * 1024;

export function createBodyBudget(budgetBytes: number): BodyBudget {
  const queue: Waiting[] = [];
  let takenBytes = 0;
  const enterNext = () => {
    for (let next = queue[0]; next !== undefined && takenBytes + next.bytes <= budgetBytes; next = queue[0]) {
      queue.shift();
      takenBytes += next.bytes;
      next.enter();
    }
  };
  return {
    async admit(given, signal) {
      if (given <= smallBytes) return () => {};
      signal.throwIfAborted();
      const bytes = Math.min(given, budgetBytes);
      await new Promise<void>((resolve, reject) => {
        const leave = () => {
          queue.splice(queue.indexOf(waiting), 1);
          reject(signal.reason as Error);
          enterNext();
        };
        const waiting = { bytes, enter: () => (signal.removeEventListener("abort", leave), resolve()) };
        signal.addEventListener("abort", leave, { once: true });
        queue.push(waiting);
        enterNext();
      });
      let isTaken = true;
      return () => {
        if (!isTaken) return;
        isTaken = false;
        takenBytes -= bytes;
        enterNext();
      };
    },
  };
}

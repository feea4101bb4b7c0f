type Listener = () => void;

let isReachable = true;
const listeners = new Set<Listener>();

function change(next: boolean): void {
  if (next === isReachable) return;
  isReachable = next;
  for (const listener of listeners) listener();
}

/** Called by whoever talks to the console, so that one notice tells the truth for all. */
export const reached = (): void => change(true);
export const unreached = (): void => change(false);

export const reachability = {
  get: () => isReachable,
  subscribe(listener: Listener) {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  },
};

/** The time as an argument, so that tests can move it. Units: `now()` is in milliseconds since 1970, UTC. */
export interface Clock {
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };

/** The time as an argument, so that tests can move it. Units: `now()` is in milliseconds since 1970, UTC. */
export interface Clock {
  now(): number;
}

/** Never jumps when the system's clock is put right: for durations, within one process. */
export const steadyClock: Clock = { now: () => performance.timeOrigin + performance.now() };

export const systemClock: Clock = { now: () => Date.now() };

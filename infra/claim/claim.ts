import { OracleError } from "./oracle-api.ts";
import { judge } from "./verdict.ts";

/** A place in the region and a size, one of those that are tried in turn. */
export interface Candidate {
  availabilityDomain: string;
  faultDomain: string | undefined;
  ocpus: number;
  memoryGb: number;
}

/** What outlives a claim that is interrupted. */
export interface ClaimState {
  /** How many tries there were. */
  tries: number;
  /** The try that has no answer yet: it may have succeeded, so it is asked again by its token before anything else. */
  open?: { candidate: Candidate; token: string };
  claimed?: { candidate: Candidate; instanceId: string };
}

export interface Claiming {
  candidates: readonly Candidate[];
  /** Asks for a machine. Throws: OracleError; anything else means that no answer came. */
  launch: (candidate: Candidate, token: string) => Promise<string>;
  /** A machine that is there already, of an earlier claim whose answer was lost. */
  find: () => Promise<{ instanceId: string; candidate: Candidate } | undefined>;
  save: (state: ClaimState) => void;
  say: (line: string) => void;
  wait: (ms: number) => Promise<void>;
  token: () => string;
  random: () => number;
  /** Units: milliseconds. The pauses grow from the first to the second. */
  pauseMs: readonly [least: number, most: number];
  /** The claim gives up after so many tries; it goes on when it is run again. */
  tries: number;
}

export type Claimed = { instanceId: string; candidate: Candidate; tries: number };

/** Every place at its full size first, then every place at the smaller one. */
export function candidatesOf(
  domains: readonly { name: string; faultDomains: readonly string[] }[],
  sizes: readonly (readonly [ocpus: number, memoryGb: number])[],
): Candidate[] {
  return sizes.flatMap(([ocpus, memoryGb]) =>
    domains.flatMap(({ name, faultDomains }) =>
      [undefined, ...faultDomains].map((faultDomain) => ({ availabilityDomain: name, faultDomain, ocpus, memoryGb })),
    ),
  );
}

/**
 * Asks in turn, ever more slowly, until there is a machine. Each try has a token of its own, written down before it is sent:
 * where the answer is lost, the same request with the same token finds out what became of it, and never makes a second machine.
 * Throws: OracleError where waiting changes nothing; Error when the tries are used up.
 */
export async function claim(state: ClaimState, how: Claiming): Promise<Claimed> {
  if (state.claimed !== undefined) return { ...state.claimed, tries: state.tries };
  let current = state;
  let slow = 0;
  const keep = (next: ClaimState) => how.save((current = next));
  const done = (candidate: Candidate, instanceId: string): Claimed => {
    keep({ tries: current.tries, claimed: { candidate, instanceId } });
    return { candidate, instanceId, tries: current.tries };
  };
  const earlier = await how.find();
  if (earlier !== undefined) return done(earlier.candidate, earlier.instanceId);
  for (let left = how.tries; left > 0; left--) {
    const open = current.open ?? { candidate: how.candidates[current.tries % how.candidates.length] as Candidate, token: how.token() };
    keep({ tries: current.tries + (current.open === undefined ? 1 : 0), open });
    try {
      return done(open.candidate, await how.launch(open.candidate, open.token));
    } catch (thrown) {
      const verdict = judge(thrown);
      how.say(
        `try ${current.tries}, ${describe(open.candidate)}: ${thrown instanceof OracleError ? thrown.message : `no answer (${(thrown as Error).message})`}`,
      );
      // An open try is forgotten only where Oracle said that it made nothing.
      if (verdict === "elsewhere" || verdict === "stop") keep({ tries: current.tries });
      if (verdict === "stop") throw thrown;
      slow = verdict === "slower" ? slow + 2 : verdict === "elsewhere" && current.tries % how.candidates.length === 0 ? slow + 1 : slow;
      if (left > 1) await how.wait(pause(how, slow));
    }
  }
  throw new Error(`No machine after ${current.tries} tries. Run the command again: it goes on where it stopped.`);
}

/** Units: milliseconds. Doubles with each round, a quarter of it by chance, so that many who wait do not ask together. */
function pause({ pauseMs: [least, most], random }: Claiming, slow: number): number {
  const length = Math.min(most, least * 2 ** slow);
  return Math.round(length * (0.75 + 0.5 * random()));
}

export const describe = ({ availabilityDomain, faultDomain, ocpus, memoryGb }: Candidate): string =>
  `${availabilityDomain}${faultDomain === undefined ? "" : ` ${faultDomain}`}, ${ocpus} OCPU, ${memoryGb} GB`;

/** How many calls are left until the process dies. */
export interface Fuse {
  left: number;
  /** How often it has died. */
  blown: number;
}

/** What a process that was killed would never have seen. */
export class Killed extends Error {}

/** The same thing, whose n-th call from now ends the manager: before it is made, or after it was made and before its answer came. */
export function killable<T extends object>(target: T, fuse: Fuse): T {
  return new Proxy(target, {
    get(held, name) {
      const member: unknown = Reflect.get(held, name, held);
      if (typeof member !== "function") return member;
      return async (...given: unknown[]) => {
        if (fuse.left <= 0) throw new Killed("the process is dead");
        fuse.left -= 1;
        const dies = fuse.left <= 0;
        if (dies) fuse.blown += 1;
        if (dies && fuse.blown % 2 === 0) throw new Killed(`before ${String(name)}`);
        const answer: unknown = await Reflect.apply(member, held, given);
        if (dies) throw new Killed(`after ${String(name)}`);
        return answer;
      };
    },
  });
}

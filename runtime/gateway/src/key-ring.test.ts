import { expect, test } from "@jest/globals";
import { KeyRing, type Admission } from "./key-ring.ts";
import { hashKey, renderKey, type VirtualKey } from "./virtual-key.ts";

const text = renderKey(Buffer.alloc(32, 7));
const hash = hashKey(text);
const key: VirtualKey = { id: "k1", name: "one", jobId: null, createdAtMs: 0, expiresAtMs: null, revokedAtMs: null };

/** A ring over a table in memory whose clock and database the test moves. */
function ringOf(stored: VirtualKey | undefined = key) {
  const state: { now: number; isAway: boolean; loads: number; stored: VirtualKey | undefined } = { now: 1_000_000, isAway: false, loads: 0, stored };
  const aways: boolean[] = [];
  const ring = new KeyRing({
    clock: { now: () => state.now },
    onAway: (away) => aways.push(away),
    load: async (hashes) => {
      state.loads += 1;
      if (state.isAway) throw new Error("away");
      return new Map(state.stored !== undefined && hashes.includes(hash) ? [[hash, state.stored]] : []);
    },
  });
  return { ring, state, aways, admit: async () => tell(await ring.admit(text)) };
}
const tell = (admission: Admission) => ("key" in admission ? admission.key.id : admission.refused.code);

test("a key is asked for once, then admitted from memory for a second", async () => {
  const { ring, state, admit } = ringOf();
  expect(await Promise.all([admit(), admit(), admit()])).toEqual(["k1", "k1", "k1"]);
  state.now += 1_000;
  expect([ring.admit(text), state.loads]).toEqual([{ key }, 1]);
  state.now += 1;
  expect(ring.admit(text)).toBeInstanceOf(Promise);
});

test("a key in use is kept fresh, so that its requests never wait", async () => {
  const { ring, state, admit } = ringOf();
  await admit();
  for (let step = 0; step < 20; step++) {
    state.now += 500;
    await ring.refresh();
    expect(ring.admit(text)).toEqual({ key });
  }
});

test("a revocation made elsewhere holds after a second at most, one made here at once", async () => {
  const { ring, state, admit } = ringOf();
  await admit();
  state.stored = { ...key, revokedAtMs: 1 };
  state.now += 500;
  await ring.refresh();
  expect(await admit()).toBe("key.revoked");
  const other = ringOf();
  await other.admit();
  other.ring.revoke("k1");
  expect(await other.admit()).toBe("key.revoked");
  // An answer that left the database before the revocation must not undo it.
  await other.ring.refresh();
  expect(await other.admit()).toBe("key.revoked");
});

test("while the database is away, keys used in the last five minutes go on working and the others are told to wait", async () => {
  const { ring, state, admit, aways } = ringOf();
  await admit();
  state.isAway = true;
  for (let minutes = 0; minutes < 12; minutes++) {
    state.now += 60_000;
    await ring.refresh();
    expect(await admit()).toBe("k1");
  }
  expect(tell(await ring.admit(renderKey(Buffer.alloc(32, 8))))).toBe("key.unchecked");
  state.now += 300_001;
  expect(await admit()).toBe("key.unchecked");
  state.isAway = false;
  expect(await admit()).toBe("k1");
  expect(aways).toEqual([true, false]);
});

test("an expired key is refused also while the database is away", async () => {
  const { state, admit } = ringOf({ ...key, expiresAtMs: 1_000_500 });
  expect(await admit()).toBe("k1");
  state.isAway = true;
  state.now = 1_000_500;
  expect(await admit()).toBe("key.expired");
});

test("a key that was deleted or never was is unknown, and is found once it is there", async () => {
  const { ring, state, admit } = ringOf();
  state.stored = undefined;
  expect(await admit()).toBe("key.unknown");
  ring.add(hash, key);
  expect(await admit()).toBe("k1");
});

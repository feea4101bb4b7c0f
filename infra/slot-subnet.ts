const addresses = 16;

/** The addresses of a slot's network: the slots take 16 each, one after the other. Shape: CIDR in, CIDR out. */
export function slotSubnet(range: string | undefined, slot: number): string | undefined {
  if (range === undefined) return undefined;
  const [base = "", bits] = range.split("/");
  const size = 2 ** (32 - Number(bits));
  const start = base.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const first = start - (start % size) + (slot - 1) * addresses;
  return `${[24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join(".")}/28`;
}

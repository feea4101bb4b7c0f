import { expect, test } from "@jest/globals";
import { slotSubnet } from "./slot-subnet.ts";

test.each([
  ["10.213.0.0/23", 1, "10.213.0.0/28"],
  ["10.213.0.0/23", 17, "10.213.1.0/28"],
  ["10.213.0.77/23", 30, "10.213.1.208/28"],
  ["172.20.255.0/22", 2, "172.20.252.16/28"],
])("of %s slot %d takes %s", (range, slot, subnet) => expect(slotSubnet(range, slot)).toBe(subnet));

test("without a range Docker chooses", () => expect(slotSubnet(undefined, 3)).toBeUndefined());

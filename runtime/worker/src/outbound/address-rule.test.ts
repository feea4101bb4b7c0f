import { expect, test } from "@jest/globals";
import { refusalOf } from "./address-rule.ts";

const refused = [
  "127.0.0.1",
  "127.8.8.8",
  "0.0.0.0",
  "10.0.0.5",
  "172.17.0.1",
  "192.168.1.1",
  "169.254.169.254",
  "192.0.0.192",
  "100.100.100.200",
  "168.63.129.16",
  "224.0.0.1",
  "255.255.255.255",
  "::1",
  "::",
  "fe80::1",
  "fd00:c1::a9fe:a9fe",
  "::ffff:127.0.0.1",
  "::ffff:a9fe:a9fe",
  "64:ff9b::a9fe:a9fe",
  "2002:7f00:1::",
  "not an address",
];

test.each(refused)("[W45] %s is no target", (address) => {
  expect(refusalOf(address, [])).toContain(address);
});

test.each(["1.1.1.1", "2606:4700:4700::1111", "::ffff:1.1.1.1"])("%s is a target", (address) => {
  expect(refusalOf(address, [])).toBeUndefined();
});

test("[W45] an address of the home's own networks is no target, even where those look like the Internet", () => {
  expect(refusalOf("51.15.0.9", ["51.15.0.0/24", "2001:bc8::/48"])).toContain("51.15.0.0/24");
  expect(refusalOf("2001:bc8::1", ["51.15.0.0/24", "2001:bc8::/48"])).toContain("2001:bc8::/48");
  expect(refusalOf("51.15.1.9", ["51.15.0.0/24"])).toBeUndefined();
});

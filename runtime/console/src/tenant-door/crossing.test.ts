import { expect, test } from "@jest/globals";
import { isForeign, type Provenance } from "./crossing.ts";
import { readDoorCookies } from "./door-cookies.ts";
import { hostNameOf, safePath } from "./hosts.ts";

const own = "https://u1.home.example";
const plain: Provenance = { method: "GET", isUpgrade: false, origin: undefined, fetchSite: undefined, fetchMode: undefined, fetchDest: undefined };

test("by everything that a browser may say of a request, only its own pages and followed links pass", () => {
  const passing: string[] = [];
  for (const method of ["GET", "HEAD", "OPTIONS", "POST", "DELETE"])
    for (const isUpgrade of [false, true])
      for (const origin of [undefined, "null", own, "https://u2.home.example"])
        for (const fetchSite of [undefined, "none", "same-origin", "same-site", "cross-site"])
          for (const [fetchMode, fetchDest] of [
            ["navigate", "document"],
            ["navigate", "iframe"],
            ["cors", "empty"],
          ] as const) {
            const request = { ...plain, method, isUpgrade, origin, fetchSite, ...(fetchSite !== undefined && { fetchMode, fetchDest }) };
            if (!isForeign(request, own)) passing.push([method, isUpgrade ? "upgrade" : "", origin ?? "-", fetchSite ?? "-", fetchMode, fetchDest].join(" "));
          }
  const fromElsewhere = passing.filter((line) => /https:\/\/u2|same-site|cross-site/.test(line));
  // A handshake names its origin, which no page can choose; the rest of what a browser says of it adds nothing.
  expect(fromElsewhere.filter((line) => !line.includes(`upgrade ${own}`)).toSorted()).toEqual(
    ["-", own, "null"].flatMap((origin) => ["cross-site", "same-site"].map((site) => `GET  ${origin} ${site} navigate document`)).toSorted(),
  );
  expect(passing.filter((line) => /upgrade/.test(line) && !line.includes(own))).toEqual([]);
  expect(passing.filter((line) => /^(POST|DELETE) {2}/.test(line) && !/same-origin/.test(line) && !line.includes(`${own} -`))).toEqual([]);
});

test.each([
  [undefined, { pass: undefined, visit: undefined, rest: "" }],
  ["a=1; b=2", { rest: "a=1; b=2" }],
  [`__Host-freehold-pass=${"p".repeat(43)}`, { pass: "p".repeat(43), rest: "" }],
  [`a=1;__Host-freehold-pass=${"p".repeat(43)};b`, { pass: "p".repeat(43), rest: "a=1; b" }],
  [` __HOST-FREEHOLD-x = 1 ; __host-freehold=2; c="__Host-freehold-pass=3"`, { pass: undefined, rest: 'c="__Host-freehold-pass=3"' }],
  // Two of a name: nobody could say which the browser means.
  [`__Host-freehold-pass=${"p".repeat(43)}; __Host-freehold-pass=${"q".repeat(43)}`, { pass: undefined, rest: "" }],
  ["__Host-freehold-pass=short", { pass: undefined, rest: "" }],
])("of the cookies %p the tenant gets what is its own", (header, expected) => {
  expect(readDoorCookies(header)).toMatchObject(expected);
});

test.each([
  ["u1.home.example", "u1.home.example"],
  ["U1.Home.Example:8443", "u1.home.example"],
  ["u1", undefined],
  ["", undefined],
  [undefined, undefined],
  ["u1.home.example.", undefined],
  ["u1..home", undefined],
  ["-u1.home", undefined],
  ["u1.home:x", undefined],
  ["u1.home/../x", undefined],
  ["a@u1.home", undefined],
  ["[::1]:443", undefined],
  [`${"a".repeat(64)}.home`, undefined],
  ["u1.home\u0000.example", undefined],
])("the host %p is read as %p", (header, name) => {
  expect(hostNameOf(header)).toBe(name);
});

test.each([
  ["/", "/"],
  ["/a/b?c=d&e=%2F", "/a/b?c=d&e=%2F"],
  ["/a/../b", "/b"],
  ["//x", "/"],
  ["/\\x", "/"],
  ["x", "/"],
  ["", "/"],
  [`/${"x".repeat(3_000)}`, "/"],
  ["/.freehold/enter", "/"],
  ["/.freeholder", "/.freeholder"],
])("from %p the way goes on to %p", (path, to) => {
  expect(safePath(path, own)).toBe(to);
});

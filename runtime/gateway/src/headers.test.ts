import { expect, test } from "@jest/globals";
import { headersForProvider } from "./headers.ts";

test("what the caller's Connection header names stays on this hop", () => {
  const raw = ["Connection", "close, X-Hop", "x-hop", "1", "X-Kept", "2", "Transfer-Encoding", "chunked", "TE", "trailers", "Via", "1.1 a"];
  expect(headersForProvider(raw)).toEqual(["x-kept", "2", "accept-encoding", "identity"]);
});

test("a credential the caller sends stays here in any spelling", () => {
  expect(headersForProvider(["AUTHORIZATION", "Bearer a", "X-Api-Key", "b", "Proxy-Authorization", "c"])).toEqual(["accept-encoding", "identity"]);
});

test("beta values that a provider refuses are left out; the others and empty headers stay", () => {
  const raw = ["anthropic-beta", "a-1, b-2,c-3", "x-empty", "", "Anthropic-Beta", "b-2"];
  expect(headersForProvider(raw, new Set(["b-2"]))).toEqual(["anthropic-beta", "a-1,c-3", "x-empty", "", "accept-encoding", "identity"]);
});

import { expect, test } from "@jest/globals";
import { headersForProvider } from "./headers.ts";

test("what the caller's Connection header names stays on this hop", () => {
  const raw = ["Connection", "close, X-Hop", "x-hop", "1", "X-Kept", "2", "Transfer-Encoding", "chunked", "TE", "trailers", "Via", "1.1 a"];
  expect(headersForProvider(raw, [])).toEqual(["x-kept", "2", "accept-encoding", "identity"]);
});

test("a credential the caller sends in any spelling is replaced", () => {
  expect(headersForProvider(["AUTHORIZATION", "Bearer a", "X-Api-Key", "b", "Proxy-Authorization", "c"], [["x-api-key", "ours"]])).toEqual([
    "x-api-key",
    "ours",
    "accept-encoding",
    "identity",
  ]);
});

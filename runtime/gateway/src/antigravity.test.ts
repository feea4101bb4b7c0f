import { expect, test } from "@jest/globals";
import { answerJson, startUpstream } from "../../../tests/support/scripted-upstream.ts";
import { parseDocument } from "./gateway-document.ts";
import { startGateway, wholeMessage } from "./testing/fixtures.ts";

const entry = (baseUrl: string, more: object = {}) => ({ name: "antigravity", kind: "antigravity", baseUrl, keys: [{ value: "bridge-token" }], ...more });
const documentOf = (...providers: object[]) => JSON.stringify({ providers });

test("Antigravity is off unless its owner has accepted the risk in words, and is warned of at each start", async () => {
  const bridge = await startUpstream(answerJson({ ...wholeMessage, model: "gemini-3-pro" }));
  expect(() => parseDocument(documentOf(entry(bridge.url)))).toThrow("banned accounts");
  expect(() => parseDocument(documentOf(entry(bridge.url, { antigravity: { acceptRisk: false } })))).toThrow("banned accounts");
  expect(parseDocument(documentOf(entry(bridge.url, { enabled: false }))).providers).toHaveLength(1);
  const gateway = await startGateway({ GATEWAY_CONFIG: documentOf(entry(bridge.url, { antigravity: { acceptRisk: true } })) });
  expect(gateway.logged()).toContain("has banned accounts");
  const { key } = await gateway.mint();
  const response = await fetch(`${gateway.url}/v1/messages`, { method: "POST", headers: { "x-api-key": key }, body: '{"model":"claude-opus-5-5"}' });
  expect([response.status, response.headers.get("x-freehold-provider"), bridge.seen[0]?.headers["x-api-key"]]).toEqual([200, "antigravity", "bridge-token"]);
  await gateway.close();
  await bridge.close();
});

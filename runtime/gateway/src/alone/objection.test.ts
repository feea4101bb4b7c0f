import { expect, test } from "@jest/globals";
import { settings } from "../config.ts";
import { objectionToAlone } from "./objection.ts";

const objection = (environment: Record<string, string>) => objectionToAlone(settings.parse(environment));
const document = (baseUrl: string) => JSON.stringify({ providers: [{ name: "mine", kind: "anthropic", baseUrl }] });

test("without any provider a gateway that runs alone has nobody to ask, and says how to name one", () => {
  expect(objection({})).toMatch(/No provider is configured.*Set ANTHROPIC_API_KEY, .*--config.*--rehearsal/);
  expect(objection({ GATEWAY_CONFIG: "failover: { passOverloaded: true }" })).toMatch("No provider is configured");
  for (const one of [{ ANTHROPIC_API_KEY: "k" }, { BRIDGE_URL: "http://b" }, { REHEARSAL_URL: "http://m" }, { GATEWAY_CONFIG: document("http://a") }])
    expect(objection(one)).toBeUndefined();
});

test("a gateway that would ask itself is refused, as where ANTHROPIC_BASE_URL was set for Claude Code", () => {
  const own = "http://localhost:4010";
  expect(objection({ ANTHROPIC_API_KEY: "k", ANTHROPIC_BASE_URL: own })).toMatch("The provider anthropic has the address of this gateway itself");
  expect(objection({ GATEWAY_CONFIG: document(`${own}/v1`) })).toMatch("The provider mine has the address of this gateway itself");
  expect(objection({ ANTHROPIC_API_KEY: "k", ANTHROPIC_BASE_URL: "http://localhost:4011" })).toBeUndefined();
  expect(objection({ GATEWAY_CONFIG: document("http://127.0.0.1:4011"), ANTHROPIC_API_KEY: "k", ANTHROPIC_BASE_URL: own })).toBeUndefined();
});

import { expect, test } from "@jest/globals";
import { settings, type GatewaySettings } from "./config.ts";
import { parseDocument } from "./gateway-document.ts";
import { listProviders } from "./provider-list.ts";
import { createProviders } from "./provider.ts";

const parse = (environment: Record<string, string>): GatewaySettings =>
  settings.parse({ DATABASE_URL: "postgres://x", GATEWAY_ADMIN_TOKEN: "t", ...environment });
const sources = { environment: { KEY: "sk-1\n", EMPTY: "" }, readFile: (path: string) => `key of ${path}`.replaceAll(" ", "-") };
const list = (environment: Record<string, string>) => createProviders(listProviders(parse(environment), sources));
const names = (environment: Record<string, string>) => list(environment).map(({ name, targets }) => [name, targets.length]);

test.each([
  [
    "nothing: the rehearsal model alone answers",
    {},
    [
      ["anthropic", 0],
      ["rehearsal", 1],
    ],
  ],
  ["a key of Anthropic: nothing stands in for it that makes answers up", { ANTHROPIC_API_KEY: "k" }, [["anthropic", 1]]],
  [
    "a key and a bridge: Anthropic first",
    { ANTHROPIC_API_KEY: "k", BRIDGE_URL: "http://bridge:8081", BRIDGE_TOKEN: "t" },
    [
      ["anthropic", 1],
      ["bridge", 1],
    ],
  ],
  [
    "Antigravity, whose risk is accepted: last of all",
    { BRIDGE_URL: "http://bridge:8081", ANTIGRAVITY: "accept-risk", ANTIGRAVITY_URL: "http://antigravity:8081", ANTIGRAVITY_TOKEN: "t" },
    [
      ["anthropic", 0],
      ["bridge", 1],
      ["antigravity", 1],
    ],
  ],
  [
    "a bridge alone",
    { BRIDGE_URL: "http://bridge:8081" },
    [
      ["anthropic", 0],
      ["bridge", 1],
    ],
  ],
])("by settings, with %s", (_name, environment, expected) => {
  expect(names(environment)).toEqual(expected);
});

test("an address of Antigravity without the word that accepts its risk is refused, with the risk", () => {
  expect(() => list({ ANTIGRAVITY_URL: "http://antigravity:8081" })).toThrow(/ANTIGRAVITY=accept-risk.*banned accounts/);
  expect(() => parse({ ANTIGRAVITY: "yes", ANTIGRAVITY_URL: "http://antigravity:8081" })).toThrow(/banned accounts/);
});

test("a document lists providers by priority, with keys from anywhere, and its own time limits", () => {
  const document = `
providers:
  - { name: spare, kind: bridge, baseUrl: "http://bridge:8081/x/", priority: 200, keys: [{ file: /run/k }], auth: bearer }
  - { name: off, kind: anthropic, baseUrl: "https://off.example", enabled: false, keys: [{ env: ABSENT }] }
  - name: main
    kind: anthropic
    baseUrl: https://api.anthropic.com
    keys: [{ env: KEY }, { value: sk-2 }]
    timeouts: { firstByteMs: 5000 }
    models: { aliases: { "claude-opus-*": claude-opus-5-5 }, only: ["claude-*"] }
`;
  const [main, spare, ...others] = list({ GATEWAY_CONFIG: document, ANTHROPIC_API_KEY: "ignored" });
  expect(others).toEqual([]);
  expect((main?.targets ?? []).map((target) => target.credential())).toEqual([[["x-api-key", "sk-1"]], [["x-api-key", "sk-2"]]]);
  expect(spare?.targets[0]?.credential()).toEqual([["authorization", "Bearer key-of-/run/k"]]);
  expect([spare?.origin, spare?.basePath, spare?.label]).toEqual(["http://bridge:8081", "/x", "Gemini"]);
  expect(main?.timeouts).toEqual({ connectMs: 5_000, firstByteMs: 5_000, idleMs: 120_000, answerMs: 600_000 });
  expect(["claude-opus-4-8", "claude-haiku-4-5", "gpt-5"].map((model) => main?.models.nameOf(model))).toEqual([
    "claude-opus-5-5",
    "claude-haiku-4-5",
    undefined,
  ]);
});

test.each([
  ["no YAML", "providers: [", /neither YAML nor JSON/],
  ["a misspelt field", '{"providers":[{"name":"a","kind":"anthropic","baseurl":"http://a"}]}', /providers\.0\.baseUrl.*baseurl/],
  [
    "two providers of one name",
    '{"providers":[{"name":"a","kind":"bridge","baseUrl":"http://a"},{"name":"a","kind":"bridge","baseUrl":"http://b"}]}',
    /a name of its own/,
  ],
  ["a key from nowhere", '{"providers":[{"name":"a","kind":"bridge","baseUrl":"http://a","keys":[{}]}]}', /exactly one of env, file and value/],
  ["an unknown kind", '{"providers":[{"name":"a","kind":"copilot-x","baseUrl":"http://a"}]}', /providers\.0\.kind/],
])("a document with %s is refused by name", (_name, text, message) => {
  expect(() => parseDocument(text)).toThrow(message);
  expect(() => parse({ GATEWAY_CONFIG: text })).toThrow(message);
});

test("a key that is not there is said so, with the provider's name and without any key", () => {
  const one = (key: string) => `{"providers":[{"name":"a","kind":"anthropic","baseUrl":"http://a","keys":[${key}]}]}`;
  expect(() => list({ GATEWAY_CONFIG: one('{"env":"EMPTY"}') })).toThrow(/provider a .*variable EMPTY, which holds no key/);
  expect(() => list({ GATEWAY_CONFIG: one(String.raw`{"value":"sk\n-1"}`) })).toThrow(/the document, which holds no key/);
});

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createLog } from "@freehold/kernel/log";
import { createMetrics } from "@freehold/kernel/metrics";
import { bridgeToken, geminiKey, startBridge, type TestBridge } from "../../runtime/bridge/src/testing/fixtures.ts";
import { oauthClient, startOAuth, type OAuthSimulator } from "../../runtime/bridge/src/testing/google-oauth-simulator.ts";
import { startCopilotSimulator } from "../../runtime/gateway/src/testing/copilot-simulator.ts";
import { startGateway, type TestGateway } from "../../runtime/gateway/src/testing/fixtures.ts";
import { startOpenAiSimulator } from "../../runtime/gateway/src/testing/openai-simulator.ts";
import { createModelApp } from "../../runtime/model/src/app.ts";
import { obeying } from "./gemini-script.ts";

/** A gateway in front of one simulated provider, and the words that make this one act. */
export interface Scene {
  gateway: TestGateway;
  key: string;
  prompts: Prompts;
  close(): Promise<void>;
}

export interface Prompts {
  /** Calls the tool `name`. */
  call(name: string, input: Readonly<Record<string, string>>): string;
  /** Makes the provider refuse with 400. */
  refusal: string;
  /** Makes it silent for some seconds at least. */
  silence: string;
  /** Whether it counts tokens; who does not says so by 404. */
  counts: boolean;
}

const toModel: Prompts = { call: (name, input) => `[[tool:${name}|${JSON.stringify(input)}]]`, refusal: "[[error:400]]", silence: "[[sleep:3]]", counts: true };
const toOthers: Prompts = { call: (name, input) => `[[call:${name} ${JSON.stringify(input)}]]`, refusal: "[[error:400]]", silence: "[[hang]]", counts: true };

async function startModel() {
  const server = createServer(createModelApp({ log: createLog("model", "error"), metrics: createMetrics(), ready: async () => {} }));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function signIn(bridge: TestBridge, oauth: OAuthSimulator): Promise<void> {
  const { url } = (await (await bridge.admin("POST", "/admin/oauth/start")).json()) as { url: string };
  await bridge.admin("POST", "/admin/oauth/finish", { code: oauth.consent(url).code });
}

interface Provider {
  environment: Record<string, string>;
  prompts: Prompts;
  close(): Promise<void>;
}

const only = (provider: object) => ({ GATEWAY_CONFIG: JSON.stringify({ providers: [provider] }) });

const providers = {
  "the rehearsal model": async (): Promise<Provider> => {
    const model = await startModel();
    return { environment: { REHEARSAL_URL: model.url }, prompts: toModel, close: model.close };
  },
  Anthropic: async (): Promise<Provider> => {
    const model = await startModel();
    return { environment: { ANTHROPIC_API_KEY: "sk-ant-of-a-test", ANTHROPIC_BASE_URL: model.url }, prompts: toModel, close: model.close };
  },
  "an OpenAI-compatible service": async (): Promise<Provider> => {
    const simulator = await startOpenAiSimulator();
    const models = { aliases: { "claude-*": "simulated-large" } };
    const entry = { name: "simulation", kind: "openai", baseUrl: simulator.url, keys: [{ value: simulator.key }], chat: { service: "openai" }, models };
    return { environment: only(entry), prompts: toOthers, close: simulator.close };
  },
  "Gemini by way of the bridge": async (): Promise<Provider> => {
    const bridge = await startBridge({ environment: { GEMINI_API_KEY: geminiKey } });
    bridge.gemini.script(obeying);
    return { environment: { BRIDGE_URL: bridge.url, BRIDGE_TOKEN: bridgeToken }, prompts: toOthers, close: bridge.close };
  },
  "Antigravity by way of the bridge": async (): Promise<Provider> => {
    const oauth = await startOAuth();
    const google = { GOOGLE_OAUTH_CLIENT_ID: oauthClient.id, GOOGLE_OAUTH_CLIENT_SECRET: oauthClient.secret, GOOGLE_OAUTH_BASE_URL: oauth.url };
    const bridge = await startBridge({ takesToken: (token) => oauth.takesToken(token), environment: { ANTIGRAVITY: "accept-risk", ...google } });
    await signIn(bridge, oauth);
    bridge.gemini.script(obeying);
    return {
      environment: { ANTIGRAVITY: "accept-risk", ANTIGRAVITY_URL: bridge.url, ANTIGRAVITY_TOKEN: bridgeToken },
      prompts: { ...toOthers, counts: false },
      async close() {
        await bridge.close();
        await oauth.close();
      },
    };
  },
  "GitHub Copilot": async (): Promise<Provider> => {
    const model = await startModel();
    const simulator = await startCopilotSimulator({ messagesFrom: model.url });
    const copilot = { acceptRisk: true, clientId: "own-app", githubUrl: simulator.url, githubApiUrl: simulator.url };
    const entry = { name: "copilot", kind: "copilot", baseUrl: simulator.url, keys: [{ value: simulator.githubToken }], copilot };
    return {
      environment: only(entry),
      prompts: toModel,
      async close() {
        await simulator.close();
        await model.close();
      },
    };
  },
};

export const providerNames = Object.keys(providers) as readonly (keyof typeof providers)[];

/** Opens the scene of one provider. */
export async function openScene(name: (typeof providerNames)[number]): Promise<Scene> {
  const provider = await providers[name]();
  const gateway = await startGateway(provider.environment);
  const { key } = await gateway.mint();
  return {
    gateway,
    key,
    prompts: provider.prompts,
    async close() {
      await gateway.close();
      await provider.close();
    },
  };
}

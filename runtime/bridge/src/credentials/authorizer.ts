import type { Secret } from "@freehold/kernel/secret";
import { fault } from "../errors.ts";
import type { Authorizer } from "../gemini/client.ts";
import type { Account } from "./account.ts";

export type CredentialKind = "google-account" | "api-key" | "none";

export interface Credentials extends Authorizer {
  /** Which credential the next request goes out with. */
  kind(): Promise<CredentialKind>;
}

interface Sources {
  apiKey: Secret | undefined;
  account: Account | undefined;
  /** The project that a user's token is counted to. */
  project: string | undefined;
}

/** A Google account that is signed in comes first; the key serves where there is none, or where Google has ended the sign-in. */
export function createCredentials({ apiKey, account, project }: Sources): Credentials {
  const keyHeaders = () => (apiKey === undefined ? undefined : { "x-goog-api-key": apiKey.reveal() });
  return {
    async kind() {
      if ((await account?.status())?.state === "signed-in") return "google-account";
      return apiKey === undefined ? "none" : "api-key";
    },
    async headers() {
      const token = await account?.accessToken();
      const headers = token === undefined ? keyHeaders() : tokenHeaders(token, project);
      if (headers === undefined)
        throw fault("credential.missing", "The bridge has no credential for Google: its owner must put in an API key (GEMINI_API_KEY) or sign in.");
      return headers;
    },
    async refused(headers) {
      const token = headers["authorization"]?.replace("Bearer ", "");
      if (token === undefined) return false;
      const next = await account?.accessToken(token);
      return next === undefined ? apiKey !== undefined : next !== token;
    },
  };
}

const tokenHeaders = (token: string, project: string | undefined): Record<string, string> => ({
  authorization: `Bearer ${token}`,
  ...(project === undefined ? {} : { "x-goog-user-project": project }),
});

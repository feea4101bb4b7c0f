import { AppError } from "@freehold/kernel/errors";
import type { CopilotOptions } from "./options.ts";
import type { SendJson } from "./http.ts";

/** What the owner does at GitHub, and what is asked with until it is done. */
export interface DeviceCode {
  userCode: string;
  verificationUri: string;
  deviceCode: string;
  /** Units: seconds. */
  intervalSeconds: number;
  expiresInSeconds: number;
}

export type DeviceState = { state: "pending"; intervalSeconds: number } | { state: "done"; token: string };

type Place = Pick<CopilotOptions, "githubUrl"> & { clientId: string };

/** Begins a sign-in. Source: RFC 8628; docs.github.com, "Authorizing OAuth apps", device flow. Throws: AppError `sign-in.failed`. */
export async function beginDeviceFlow({ githubUrl, clientId }: Place, send: SendJson): Promise<DeviceCode> {
  const { status, body } = await send(`${githubUrl}/login/device/code`, { method: "POST", body: { client_id: clientId, scope: "read:user" } });
  const { user_code, verification_uri, device_code, interval, expires_in } = body;
  if (status !== 200 || typeof user_code !== "string" || typeof verification_uri !== "string" || typeof device_code !== "string")
    throw failed(`GitHub answered ${status} to the app ${clientId}; see whether its device flow is switched on.`);
  return {
    userCode: user_code,
    verificationUri: verification_uri,
    deviceCode: device_code,
    intervalSeconds: typeof interval === "number" ? interval : 5,
    expiresInSeconds: typeof expires_in === "number" ? expires_in : 900,
  };
}

/** Asks once whether the owner has agreed. Throws: AppError `sign-in.failed`, `sign-in.over`. */
export async function pollDeviceFlow({ githubUrl, clientId }: Place, deviceCode: string, send: SendJson): Promise<DeviceState> {
  const asked = { client_id: clientId, device_code: deviceCode, grant_type: "urn:ietf:params:oauth:grant-type:device_code" };
  const { status, body } = await send(`${githubUrl}/login/oauth/access_token`, { method: "POST", body: asked });
  const { access_token: token, error, interval } = body;
  if (typeof token === "string" && token !== "") return { state: "done", token };
  if (error === "authorization_pending" || error === "slow_down") return { state: "pending", intervalSeconds: typeof interval === "number" ? interval : 5 };
  if (error === "expired_token" || error === "access_denied" || error === "incorrect_device_code")
    throw new AppError("sign-in.over", `The sign-in is over (${error}); begin another one.`, { status: 410 });
  throw failed(`GitHub answered ${status} when asked whether the sign-in is done.`);
}

const failed = (message: string): AppError => new AppError("sign-in.failed", message, { status: 502 });

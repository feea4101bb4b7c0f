import { createHash, createPrivateKey, sign, type KeyObject } from "node:crypto";
import { request } from "undici";

/** Who signs requests. Source: Oracle docs, Request Signatures. */
export interface Signer {
  tenancyId: string;
  userId: string;
  fingerprint: string;
  /** Shape: PEM. */
  privateKey: string;
}

export interface Answer {
  status: number;
  body: unknown;
}

/** An answer of Oracle's that is not a success, in its own words. */
export class OracleError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(`${status}-${code}, ${message}`);
    this.name = "OracleError";
    this.status = status;
    this.code = code;
  }
}

export interface Asking {
  method: "GET" | "POST" | "DELETE";
  url: string;
  body?: unknown;
  /** A repeated request with the same one does nothing twice, for 24 hours. */
  retryToken?: string;
}

/** Calls Oracle's REST API. Throws: OracleError for its refusals, Error where no answer came. */
export class OracleApi {
  readonly #signer: Signer;
  readonly #key: KeyObject;
  readonly #now: () => Date;
  readonly #timeoutMs: number;

  constructor(signer: Signer, { now = () => new Date(), timeoutMs = 60_000 }: { now?: () => Date; timeoutMs?: number } = {}) {
    this.#signer = signer;
    this.#key = createPrivateKey(signer.privateKey);
    this.#now = now;
    this.#timeoutMs = timeoutMs;
  }

  async ask({ method, url, body, retryToken }: Asking): Promise<unknown> {
    const content = body === undefined ? undefined : JSON.stringify(body);
    const headers = this.#headers(method, new URL(url), content);
    const options = { method, headersTimeout: this.#timeoutMs, bodyTimeout: this.#timeoutMs };
    const sent = { ...headers, ...(retryToken === undefined ? {} : { "opc-retry-token": retryToken }) };
    const response = await request(url, { ...options, headers: sent, ...(content === undefined ? {} : { body: content }) });
    const text = await response.body.text();
    const answer = parse(text) as { code?: string; message?: string };
    if (response.statusCode < 300) return answer;
    throw new OracleError(response.statusCode, answer?.code ?? "Unknown", answer?.message ?? text.slice(0, 300));
  }

  #headers(method: string, url: URL, content: string | undefined): Record<string, string> {
    const date = this.#now().toUTCString();
    const base = { "(request-target)": `${method.toLowerCase()} ${url.pathname}${url.search}`, host: url.host, date };
    const ofBody =
      content === undefined
        ? {}
        : {
            "content-length": String(Buffer.byteLength(content)),
            "content-type": "application/json",
            "x-content-sha256": createHash("sha256").update(content).digest("base64"),
          };
    const signed: Record<string, string> = { ...base, ...ofBody };
    const names = Object.keys(signed);
    const text = names.map((name) => `${name}: ${signed[name]}`).join("\n");
    const { tenancyId, userId, fingerprint } = this.#signer;
    const signature = sign("sha256", Buffer.from(text), this.#key).toString("base64");
    const { "(request-target)": _target, ...headers } = signed;
    const keyId = `${tenancyId}/${userId}/${fingerprint}`;
    const authorization = `Signature version="1",keyId="${keyId}",algorithm="rsa-sha256",headers="${names.join(" ")}",signature="${signature}"`;
    return { ...headers, accept: "application/json", authorization };
  }
}

function parse(text: string): unknown {
  try {
    return text === "" ? {} : JSON.parse(text);
  } catch {
    return {};
  }
}

import { createECDH, createPrivateKey, hkdfSync } from "node:crypto";

export interface SshKey {
  /** Shape: PEM (SEC 1), which OpenSSH and Go read. */
  privateKey: string;
  /** Shape: `ecdsa-sha2-nistp256 <base64>`. */
  publicKey: string;
}

const curve = "prime256v1";
/** The order of P-256: a private key is a number below it, and not 0. */
const order = BigInt("0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");

/**
 * Derives an SSH key from the home's key, as all its secrets: a rebuilt machine has the same host key, and every computer that
 * holds the home's key can reach it. ECDSA, since Oracle's Cloud Shell refuses Ed25519.
 */
export function deriveSshKey(key: string, purpose: string): SshKey {
  const scalar = scalarFor(key, purpose);
  const pair = createECDH(curve);
  pair.setPrivateKey(scalar);
  const point = pair.getPublicKey();
  const text = (bytes: Buffer) => bytes.toString("base64url");
  const jwk = { kty: "EC", crv: "P-256", d: text(scalar), x: text(point.subarray(1, 33)), y: text(point.subarray(33)) };
  const privateKey = createPrivateKey({ key: jwk, format: "jwk" }).export({ type: "sec1", format: "pem" }).toString();
  const blob = Buffer.concat(["ecdsa-sha2-nistp256", "nistp256", point].map(field));
  return { privateKey, publicKey: `ecdsa-sha2-nistp256 ${blob.toString("base64")}` };
}

function scalarFor(key: string, purpose: string): Buffer {
  for (let attempt = 0; ; attempt++) {
    const bytes = Buffer.from(hkdfSync("sha256", key, "freehold", `ssh/${purpose}/${attempt}`, 32));
    const number = BigInt(`0x${bytes.toString("hex")}`);
    if (number > 0n && number < order) return bytes;
  }
}

/** Source: RFC 4251, section 5: a length of 4 bytes, then the bytes. */
function field(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content as string);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

// S3's protocol over a folder, for homes without a cloud. Two keys: one may do anything, the other may add and read, and delete nothing but restic's locks.
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const S3rver = require("@20minutes/s3rver");
const { DUMMY_ACCOUNT } = require("@20minutes/s3rver/lib/models/account.js");

const { BUCKETS = "" } = process.env;
// Known to everybody, for the emulator keeps no secret: whoever reaches its network may come in.
const secret = "emulator-secret";
const appendKey = "appender";
DUMMY_ACCOUNT.createKeyPair("emulator", secret);
DUMMY_ACCOUNT.createKeyPair(appendKey, secret);

const server = new S3rver({
  address: "0.0.0.0",
  port: 4480,
  directory: "/data/s3",
  silent: true,
  vhostBuckets: false,
  // It computes the signature of a bucket's own address, which restic's library ends with a slash, without that slash.
  allowMismatchedSignatures: true,
  configureBuckets: BUCKETS.split(",").map((name) => ({ name: name.trim() })),
});

const isDelete = ({ method, query }) => method === "DELETE" || (method === "POST" && "delete" in query);

server.middleware.unshift(async (context, next) => {
  const key = /Credential=([^/]+)\//.exec(context.get("authorization"))?.[1];
  const denied = key === undefined || (key === appendKey && isDelete(context) && !/\/locks\//.test(context.path));
  if (!denied) return next();
  context.status = 403;
  context.type = "application/xml";
  context.body = "<Error><Code>AccessDenied</Code><Message>This key may not do that.</Message></Error>";
});

await server.run();
console.log(
  JSON.stringify({ level: "info", service: "bucket", event: "bucket.s3-listening", emulator: true, notSimulated: ["signatures: only the key's id counts"] }),
);

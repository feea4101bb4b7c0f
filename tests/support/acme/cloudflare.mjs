// A zone as Cloudflare keeps one: its API over HTTPS, as far as TXT records are made and removed by it, and the name server that answers with them.
import { createSocket } from "node:dgram";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";

const { ZONE: zone, ZONE_ID: zoneId, TOKEN: token, NAME_SERVER: nameServer } = process.env;
const path = `/client/v4/zones/${zoneId}/dns_records`;
const types = { NS: 2, SOA: 6, TXT: 16 };
/** By id. */
const records = new Map();
let made = 0;

const list = (result) => ({ result, result_info: { page: 1, per_page: 50, count: result.length, total_count: result.length, total_pages: 1 } });
const routes = {
  [`GET ${path}`]: (_, query) => list([...records.values()].filter((record) => [...query].every(([field, value]) => record[field] === value))),
  [`POST ${path}`]: ({ type, name, content, ttl }) => {
    const record = { id: String((made += 1)).padStart(32, "0"), zone_id: zoneId, zone_name: zone, type, name, content, ttl };
    records.set(record.id, record);
    console.log(`made ${type} ${name}`);
    return { result: record };
  },
};

function answer(request, text) {
  const url = new URL(request.url, "https://api.cloudflare.com");
  if (request.headers.authorization !== `Bearer ${token}`) return { status: 403, errors: [{ code: 9109, message: "Invalid access token" }] };
  const id = url.pathname.slice(path.length + 1);
  if (request.method === "DELETE" && records.has(id)) {
    console.log(`removed TXT ${records.get(id).name}`);
    records.delete(id);
    return { status: 200, result: { id } };
  }
  const route = routes[`${request.method} ${url.pathname}`];
  if (route === undefined) return { status: 404, errors: [{ code: 7003, message: `no ${request.method} ${url.pathname}` }] };
  return { status: 200, ...route(text === "" ? {} : JSON.parse(text), url.searchParams) };
}

createServer({ key: readFileSync("/certificates/key.pem"), cert: readFileSync("/certificates/cert.pem") }, (request, response) => {
  let text = "";
  request.on("data", (chunk) => (text += chunk));
  request.on("end", () => {
    const { status, errors = [], ...body } = answer(request, text);
    if (status !== 200) console.log(`refused ${request.method} ${request.url}`);
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify({ success: status === 200, errors, messages: [], ...body }));
  });
}).listen(443, () => console.log("listening"));

const nameBytes = (name) =>
  Buffer.concat([
    ...name
      .split(".")
      .filter(Boolean)
      .map((label) => Buffer.from([label.length, ...Buffer.from(label)])),
    Buffer.from([0]),
  ]);

/** A resource record about the name that was asked for. */
function resource(type, data) {
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0xc00c, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(1, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

function answersTo(name, type) {
  if (type === types.TXT) {
    const found = [...records.values()].filter((record) => record.name.toLowerCase() === name);
    return found.map(({ content }) => content.replaceAll('"', "")).map((content) => resource(type, Buffer.from([content.length, ...Buffer.from(content)])));
  }
  if (name !== zone) return [];
  if (type === types.NS) return [resource(type, nameBytes(nameServer))];
  if (type === types.SOA) return [resource(type, Buffer.concat([nameBytes(nameServer), nameBytes(`dns.${zone}`), Buffer.alloc(20, 1)]))];
  return [];
}

const socket = createSocket("udp4");
socket.on("message", (question, from) => {
  const labels = [];
  let at = 12;
  for (; question[at] > 0; at += question[at] + 1) labels.push(question.toString("latin1", at + 1, at + 1 + question[at]));
  const found = answersTo(labels.join(".").toLowerCase(), question.readUInt16BE(at + 1));
  const head = Buffer.from(question.subarray(0, 12));
  // An answer with authority, whose counts are: one question, what was found, and nothing more.
  head.writeUInt16BE(0x8580, 2);
  head.writeUInt16BE(found.length, 6);
  head.writeUInt32BE(0, 8);
  socket.send(Buffer.concat([head, question.subarray(12, at + 5), ...found]), from.port, from.address);
});
socket.bind(53);

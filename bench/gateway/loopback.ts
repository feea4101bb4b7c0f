// Preloaded into a peer that can't be told where to listen and asks nobody for a key: whatever it opens, it opens on loopback.
import { Server } from "node:net";

type Listen = (this: Server, ...args: unknown[]) => Server;

const listen = Server.prototype.listen as Listen;
const onLoopback: Listen = function (...args) {
  const [first, second, ...rest] = args;
  if (typeof first === "object" && first !== null && "port" in first) return listen.call(this, { ...first, host: "127.0.0.1" }, ...args.slice(1));
  if (typeof first === "number") return listen.call(this, first, "127.0.0.1", ...(typeof second === "string" ? rest : args.slice(1)));
  return listen.apply(this, args);
};
Server.prototype.listen = onLoopback as Server["listen"];

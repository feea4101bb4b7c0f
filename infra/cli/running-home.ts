import { Failure } from "./failure.ts";
import { connectHome, openClient, type HomeClient } from "./home-client.ts";
import { dockerText } from "./run.ts";

/**
 * The home that `FREEHOLD_URL` and `FREEHOLD_TOKEN` name, else the one that runs on this machine, asked of its own container: that takes no engine.
 * Throws: Failure.
 */
export async function connectRunningHome(environment: NodeJS.ProcessEnv, stack: string, keyOf: (stack: string) => string): Promise<HomeClient> {
  const { FREEHOLD_URL: url, FREEHOLD_TOKEN: token } = environment;
  if (url !== undefined && url !== "") {
    if (!URL.canParse(url)) throw new Failure(`FREEHOLD_URL is ${url}, which is no address.`, "Set it to the console's, such as https://console.example.org.");
    if (token === undefined || token === "") throw new Failure("FREEHOLD_URL is set and FREEHOLD_TOKEN is not.", "Set it to a token of that home.");
    return openClient(new URL(url).origin, token);
  }
  const prefix = `freehold-${stack}`;
  const settings = await dockerText("inspect", `${prefix}-console`, "--format", "{{range .Config.Env}}{{println .}}{{end}}");
  const origin = /^PUBLIC_ORIGIN=(.+)$/m.exec(settings ?? "")?.[1];
  if (origin === undefined) throw new Failure(`The home ${stack} does not run on this machine.`, "Start it: npm start");
  return connectHome({ prefix, origin, key: keyOf(stack) });
}

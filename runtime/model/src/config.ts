import { port } from "@freehold/kernel/config";
import { z } from "zod";

/** The settings of the rehearsal model; its README has the same table. */
export const settings = z.object({
  PORT: port(4020).describe("Port to listen on"),
  HOST: z.string().default("0.0.0.0").describe("Address to listen on"),
});

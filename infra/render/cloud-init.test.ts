import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { parse } from "yaml";
import { machineFiles } from "../machine/files.ts";
import { renderCloudInit } from "./cloud-init.ts";

const hostKey = { privateKey: "the private half\nof the machine's key\n", publicKey: "ecdsa-sha2-nistp256 AAAA" };
const golden = join(import.meta.dirname, "cloud-init.golden.txt");

test("the machine's user data are the golden ones", () => {
  expect(renderCloudInit({ files: machineFiles(), hostKey })).toBe(readFileSync(golden, "utf8"));
});

test("what cloud-init reads are the very files, the host key, and the commands", () => {
  const files = machineFiles();
  const read = parse(renderCloudInit({ files, hostKey })) as {
    write_files: { path: string; content: string; permissions: string }[];
    ssh_keys: { ecdsa_private: string; ecdsa_public: string };
  };
  expect(read.write_files.map(({ path, content }) => ({ path, content }))).toEqual(files.map(({ path, content }) => ({ path, content })));
  expect(read.write_files.filter(({ permissions }) => permissions === "0755")).toHaveLength(5);
  expect(read.ssh_keys).toEqual({ ecdsa_private: hostKey.privateKey, ecdsa_public: hostKey.publicKey });
});

test("nothing of it changes the machine's firewall by ufw, which may keep Oracle's images from booting", () => {
  expect(readFileSync(golden, "utf8")).not.toMatch(/\bufw\b|netfilter-persistent save/);
});

test("user data that Oracle would refuse for their length are refused before", () => {
  const files = [{ path: "/large", content: "x".repeat(20_000) }];
  expect(() => renderCloudInit({ files, hostKey })).toThrow(/are 2\d{4} bytes; at most 20000 fit/);
});

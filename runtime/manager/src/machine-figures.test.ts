import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { readCpu, readMemory } from "./machine-figures.ts";

test("processors are busy when they are neither idle nor wait for a disk", () => {
  expect(readCpu("cpu  100 50 50 700 100 0 0 0 10 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n")).toEqual({ busy: 2, all: 10 });
  expect(() => readCpu("intr 1")).toThrow("no line of all processors");
});

test("memory is in use that no new program could have", () => {
  expect(readMemory("MemTotal:       1000 kB\nMemFree:  100 kB\nMemAvailable:    750 kB\n")).toEqual({ used: 256_000, size: 1_024_000 });
  expect(() => readMemory("MemTotal: 1 kB")).toThrow("MemAvailable");
});

test("this machine's own files are read", () => {
  const { busy, all } = readCpu(readFileSync("/proc/stat", "utf8"));
  expect(all).toBeGreaterThan(busy);
  const { used, size } = readMemory(readFileSync("/proc/meminfo", "utf8"));
  expect(size).toBeGreaterThan(used);
});

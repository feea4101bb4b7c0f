import { expect, test } from "@jest/globals";
import { z } from "zod";
import { readPairs, receiverOf, tracingSettings } from "./settings.ts";

const parse = (settings: Record<string, string>) => z.object(tracingSettings).parse(settings);

test.each([
  [{}, undefined],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: "http://otel:4318/base/" }, "http://otel:4318/base/v1/traces"],
  [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://otel:4318/in", OTEL_EXPORTER_OTLP_ENDPOINT: "http://other:1" }, "http://otel:4318/in"],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: "http://otel:4318", OTEL_SDK_DISABLED: "true" }, undefined],
])("%j sends traces to %s", (settings, url) => {
  expect(receiverOf(parse(settings as Record<string, string>))).toBe(url);
});

test("pairs are read with their escapes, and what are none is refused by the setting's name", () => {
  expect(readPairs("X", " a = b%2Cc , d.e=f=g,")).toEqual({ a: "b,c", "d.e": "f=g" });
  expect(() => readPairs("OTEL_RESOURCE_ATTRIBUTES", "a")).toThrow("OTEL_RESOURCE_ATTRIBUTES must be pairs");
  expect(() => readPairs("OTEL_RESOURCE_ATTRIBUTES", "a=%")).toThrow("broken %-escape");
});

test("a protocol that is not there is refused", () => {
  expect(() => parse({ OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" })).toThrow("http/protobuf");
});

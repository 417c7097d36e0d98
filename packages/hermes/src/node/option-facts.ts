import { z } from "zod";
import type { Profile } from "../train/profiles.js";
import { trainingSettingsSchema } from "../train/settings.js";

/** One option as people read of it. */
export interface OptionFacts {
  /** `segmentation.learningRate` */
  readonly path: string;
  /** `number, at least 0 and below 1`, or the words to choose from. */
  readonly type: string;
  readonly default: string;
  /** What it is, with its unit. */
  readonly describe: string;
}

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** @returns every option of a schema of nested objects, in its order */
export function optionFacts(schema: z.ZodObject): OptionFacts[] {
  return factsOf(z.toJSONSchema(schema, { io: "input" }), "", schema.parse({}));
}

/** @returns the training settings with what a profile makes of their defaults */
export function settingFacts({ training }: Pick<Profile, "training">): OptionFacts[] {
  const schema = z.toJSONSchema(trainingSettingsSchema, { io: "input" });
  return factsOf(schema, "", trainingSettingsSchema.parse(training));
}

function factsOf(schema: JsonSchema, prefix: string, values: unknown): OptionFacts[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, property]) => {
    const own = typeof property === "boolean" ? {} : property;
    const path = prefix === "" ? key : `${prefix}.${key}`;
    const value = entryOf(values, key);
    if (own.properties !== undefined) return factsOf(own, path, value);
    return [{ path, type: typeOf(own), default: String(value), describe: own.description ?? "" }];
  });
}

function entryOf(values: unknown, key: string): unknown {
  return typeof values === "object" && values !== null
    ? Object.entries(values).find(([name]) => name === key)?.[1]
    : undefined;
}

function typeOf(schema: JsonSchema): string {
  if (schema.enum !== undefined) return schema.enum.join(" | ");
  if (schema.anyOf !== undefined)
    return schema.anyOf.map((part) => (typeof part === "boolean" ? "" : typeOf(part))).join(" | ");
  if (schema.type === "integer" || schema.type === "number") {
    const range = rangeOf(schema);
    const word = schema.type === "integer" ? "whole number" : "number";
    return range === "" ? word : `${word}, ${range}`;
  }
  return [schema.type].flat().join(" | ");
}

/** @returns `at least 0 and below 1`; empty where any number will do */
export function rangeOf({ minimum, exclusiveMinimum, maximum, exclusiveMaximum }: JsonSchema): string {
  const parts: string[] = [];
  if (minimum !== undefined && minimum > Number.MIN_SAFE_INTEGER) parts.push(`at least ${minimum}`);
  if (exclusiveMinimum !== undefined) parts.push(`above ${exclusiveMinimum}`);
  if (maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER) parts.push(`at most ${maximum}`);
  if (exclusiveMaximum !== undefined) parts.push(`below ${exclusiveMaximum}`);
  return parts.join(" and ");
}

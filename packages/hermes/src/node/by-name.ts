import { z } from "zod";
import { UserError } from "../errors.js";
import type { Method } from "../methods/define-method.js";
import * as methods from "../methods/index.js";
import type { ModelDefinition } from "../models/define-model.js";
import * as models from "../models/index.js";
import { nearestName } from "../nearest-name.js";
import { type Profile, profiles } from "../train/profiles.js";

/** @throws UserError with the names that exist */
export function methodByName(name: string): Method {
  return byName("method", Object.values(methods), name);
}

/** @throws UserError with the names that exist */
export function modelByName(name: string): ModelDefinition {
  return byName("model", Object.values(models), name);
}

/** @throws UserError with the names that exist */
export function profileByName(name: string): Profile {
  return byName<Profile>("profile", Object.values(profiles), name);
}

function byName<T extends { readonly name: string }>(what: string, all: readonly T[], name: string): T {
  const found = all.find((candidate) => candidate.name === name);
  if (found !== undefined) return found;
  const names = all.map((candidate) => candidate.name);
  throw UserError.of(
    `${what} ${JSON.stringify(name)}`,
    "no such name",
    `one of ${names.join(", ")}`,
    didYouMean(name, names, `see \`hermes list ${what}s\``),
  );
}

/** @returns `did you mean NAME? Else …`, or what else can be done alone */
export function didYouMean(typed: string, names: readonly string[], otherwise: string): string {
  const near = nearestName(typed, names);
  return near === undefined ? otherwise : `did you mean ${near}? Else ${otherwise}`;
}

/**
 * Checks options by their schema.
 * @param what names the options to the user: `training`
 * @throws UserError with one complaint per fault, and the nearest known name for an unknown one
 */
export function parseOptions<S extends z.ZodObject>(schema: S, value: unknown, what: string): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new UserError(
    parsed.error.issues.flatMap((issue) => {
      const at = [what, ...issue.path.map(String)].join(".");
      if (issue.code !== "unrecognized_keys") {
        return [
          {
            what: at,
            got: shown(valueAt(value, issue.path)),
            wanted: issue.message
              .replace(/^(Invalid input|Invalid option|Too small|Too big): (expected )?/, "")
              .replace(/, received .*$/, ""),
            fix: "correct it; docs/guide/train.md lists names, types, units and defaults",
          },
        ];
      }
      const known = keysAt(schema, issue.path);
      return issue.keys.map((key) => ({
        what: `${at}.${key}`,
        got: "an unknown name",
        wanted: `one of ${known.join(", ")}`,
        fix: didYouMean(key, known, "take it out"),
      }));
    }),
  );
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === "object" && inner !== null
        ? Object.entries(inner).find(([name]) => name === String(key))?.[1]
        : undefined,
    value,
  );
}

function shown(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value);
}

function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  const inner = unwrap(schema);
  if (!(inner instanceof z.ZodObject)) return [];
  const shape: Readonly<Record<string, z.ZodType>> = inner.shape;
  const [head, ...rest] = path;
  if (head === undefined) return Object.keys(shape);
  const next = shape[String(head)];
  return next === undefined ? [] : keysAt(next, rest);
}

/** @returns every dotted path that a schema of nested objects takes */
export function pathsOf(schema: z.ZodType, prefix = ""): string[] {
  const inner = unwrap(schema);
  if (!(inner instanceof z.ZodObject)) return [prefix];
  const shape: Readonly<Record<string, z.ZodType>> = inner.shape;
  return Object.entries(shape).flatMap(([key, value]) =>
    pathsOf(value, prefix === "" ? key : `${prefix}.${key}`),
  );
}

function unwrap(schema: z.ZodType): z.ZodType {
  if (
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable
  ) {
    const inner = schema.unwrap();
    return inner instanceof z.ZodType ? unwrap(inner) : schema;
  }
  return schema;
}

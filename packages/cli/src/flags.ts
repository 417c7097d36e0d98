import { rangeOf } from "@hermes-us/hermes/node";
import { z } from "zod";

/** How the text after a flag becomes a value. */
type FlagKind = "text" | "number" | "number-or-text" | "list" | "map";

/** One flag of a command, read from one key of its schema. */
export interface Flag {
  /** Key in the schema: `labelBudget`. */
  readonly key: string;
  /** `--label-budget`. */
  readonly name: string;
  readonly kind: FlagKind;
  /** Kind of the entries of a list or of the values of a map; of the value itself else. */
  readonly entryKind: "text" | "number" | "number-or-text";
  /** What may be given: `a whole number, at least 0`, `one of natural, balanced`. */
  readonly wanted: string;
  readonly placeholder: string;
  /** What the flag means without a value, from the schema's `.meta({ bare: "yes" })`. */
  readonly bare: string | undefined;
  /** One letter, from `.meta({ short: "o" })`. */
  readonly short: string | undefined;
  readonly description: string;
  /** The help line: description, choices, default. */
  readonly help: string;
}

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** @returns one flag per key of the schema, in its order */
export function flagsOf(options: z.ZodObject): Flag[] {
  const json = z.toJSONSchema(options, { io: "input", unrepresentable: "any" });
  const required = new Set(json.required ?? []);
  return Object.entries(json.properties ?? {}).map(([key, property]) =>
    flagOf(key, asSchema(property), required.has(key) ? "required" : "optional"),
  );
}

function flagOf(key: string, schema: JsonSchema, presence: "required" | "optional"): Flag {
  const kind = kindOf(key, schema);
  const entry =
    kind === "list"
      ? entrySchema(schema.items)
      : kind === "map"
        ? entrySchema(schema.additionalProperties)
        : schema;
  const entryKind = kindOf(key, entry);
  if (entryKind === "list" || entryKind === "map")
    throw new Error(`option ${key}: lists in lists cannot be flags`);
  return {
    key,
    name: `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
    kind,
    entryKind,
    wanted: wantedOf(entry),
    placeholder: placeholderOf(kind, entry),
    bare: metaText(schema, "bare"),
    short: metaText(schema, "short"),
    description: schema.description ?? entry.description ?? "",
    help: helpOf(schema, entry, presence),
  };
}

function metaText(schema: JsonSchema, name: string): string | undefined {
  const value = schema[name];
  return typeof value === "string" ? value : undefined;
}

function asSchema(value: z.core.JSONSchema._JSONSchema): JsonSchema {
  return typeof value === "boolean" ? {} : value;
}

function entrySchema(value: JsonSchema["items"] | JsonSchema["additionalProperties"]): JsonSchema {
  return value === undefined || Array.isArray(value) ? {} : asSchema(value);
}

/** All types a value may have, looking into unions. */
function typesOf(schema: JsonSchema): Set<string> {
  const own = schema.type === undefined ? [] : [schema.type].flat();
  const nested = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].flatMap((part) => [
    ...typesOf(asSchema(part)),
  ]);
  return new Set([...own, ...nested].map((type) => (type === "integer" ? "number" : type)));
}

function kindOf(key: string, schema: JsonSchema): FlagKind {
  const types = typesOf(schema);
  if (types.has("boolean"))
    throw new Error(`option ${key}: use words (exclude|include) instead of a boolean`);
  if (types.has("array")) return "list";
  if (types.has("object")) return "map";
  if (types.has("number")) return types.has("string") ? "number-or-text" : "number";
  return "text";
}

function choicesOf(schema: JsonSchema): string[] {
  if (schema.enum !== undefined) return schema.enum.map(String);
  if (schema.const !== undefined) return [String(schema.const)];
  return [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].flatMap((part) => choicesOf(asSchema(part)));
}

function wantedOf(schema: JsonSchema): string {
  const choices = choicesOf(schema);
  const numeric = numericPart(schema);
  if (numeric === undefined) return choices.length > 0 ? `one of ${choices.join(", ")}` : "text";
  const range = rangeOf(numeric);
  const number = [numeric.type].flat().includes("integer") ? "a whole number" : "a number";
  const alternatives = choices.length > 0 ? choices : typesOf(schema).has("string") ? ["text"] : [];
  return [`${number}${range === "" ? "" : ` ${range}`}`, ...alternatives].join(" or ");
}

/** The branch of a union that is a number, or the schema itself. */
function numericPart(schema: JsonSchema): JsonSchema | undefined {
  const branches = [schema, ...[...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].map(asSchema)];
  return branches.find(({ type }) => [type].flat().some((word) => word === "number" || word === "integer"));
}

function placeholderOf(kind: FlagKind, entry: JsonSchema): string {
  const isNumber = typesOf(entry).has("number");
  const word = isNumber ? "number" : choicesOf(entry).length > 0 ? "word" : "text";
  const shown = isNumber && choicesOf(entry).length > 0 ? ["number", ...choicesOf(entry)].join("|") : word;
  if (kind === "list") return `<${shown},...>`;
  return kind === "map" ? `<name=${shown},...>` : `<${shown}>`;
}

function helpOf(schema: JsonSchema, entry: JsonSchema, presence: "required" | "optional"): string {
  const choices = choicesOf(entry);
  const facts: string[] = [];
  if (choices.length > 0 && !typesOf(entry).has("number")) facts.push(`one of: ${choices.join(", ")}`);
  const range = rangeOf(numericPart(entry) ?? entry);
  if (range !== "") facts.push(range);
  const shownDefault = showDefault(schema.default);
  if (shownDefault !== undefined) facts.push(`default: ${shownDefault}`);
  else if (presence === "required") facts.push("required");
  const description = schema.description ?? entry.description ?? "";
  return facts.length === 0 ? description : `${description} (${facts.join("; ")})`.trimStart();
}

function showDefault(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.join(",");
  if (typeof value === "object") {
    const pairs = Object.entries(value).map(([name, entry]) => `${name}=${String(entry)}`);
    return pairs.length === 0 ? undefined : pairs.join(",");
  }
  return String(value);
}

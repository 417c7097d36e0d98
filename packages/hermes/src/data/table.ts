import { parse } from "csv-parse/browser/esm/sync";
import { UserError } from "../errors.js";

export interface TableRow {
  /** Line in the file, from 1, for messages. */
  readonly line: number;
  readonly cells: Readonly<Record<string, string>>;
}

export interface Table {
  readonly fileName: string;
  readonly columns: readonly string[];
  readonly rows: readonly TableRow[];
}

/**
 * Reads comma, semicolon or tab separated text with a header line; a byte order mark is skipped.
 *
 * @throws UserError if it is no table
 */
export function parseTable(text: string, fileName: string): Table {
  const firstLine = text.replace(/^\uFEFF/, "").split("\n", 1)[0] ?? "";
  const delimiter = [",", ";", "\t"].reduce((a, b) =>
    firstLine.split(b).length > firstLine.split(a).length ? b : a,
  );
  let records: string[][];
  try {
    records = parse(text, {
      bom: true,
      delimiter,
      trim: true,
      relax_column_count: true,
      skip_empty_lines: true,
    });
  } catch (error) {
    throw UserError.of(
      fileName,
      `text that is no table (${error instanceof Error ? error.message : String(error)})`,
      "a CSV file with a header line",
      "save the table again as CSV (UTF-8)",
    );
  }
  return tableOf(records, fileName);
}

/** @param records header first, then one array of cells per row */
export function tableOf(records: readonly (readonly string[])[], fileName: string): Table {
  const columns = (records[0] ?? []).map((name) => name.trim());
  if (columns.every((name) => name === "")) {
    throw UserError.of(fileName, "no header line", "a first line that names the columns", "add one");
  }
  const rows = records.slice(1).map((record, index) => ({
    line: index + 2,
    cells: Object.fromEntries(columns.map((name, column) => [name, (record[column] ?? "").trim()])),
  }));
  return { fileName, columns, rows };
}

/** @returns the column called so, whatever its case; `undefined` if there is none */
export function findColumn(table: Table, names: readonly string[]): string | undefined {
  const wanted = names.map((name) => name.toLowerCase());
  return table.columns.find((column) => wanted.includes(column.toLowerCase()));
}

/** @throws UserError naming the columns that there are */
export function requireColumns<N extends string>(table: Table, names: readonly N[]): Record<N, string> {
  const found = names.map((name) => [name, findColumn(table, [name])] as const);
  const missing = found.filter(([, column]) => column === undefined).map(([name]) => name);
  if (missing.length > 0) throw missingColumns(table, missing);
  return Object.fromEntries(found) as Record<N, string>;
}

export function missingColumns(table: Table, missing: readonly string[]): UserError {
  return UserError.of(
    table.fileName,
    `the columns ${table.columns.join(", ")}`,
    `also ${missing.join(", ")}`,
    "correct the header line, or name the right columns with the --…-column options",
  );
}

import { describe, expect, it } from "vitest";
import { findColumn, parseTable, requireColumns } from "./table.js";

describe("parseTable", () => {
  it.each([
    ["commas", 'id,name\n1,"a, b"\n', "a, b"],
    ["semicolons, a byte order mark and Windows line ends", "\uFEFFid;name\r\n1;a\r\n", "a"],
    ["tabs", "id\tname\n1\ta\n", "a"],
    ["quotes in quotes", 'id,name\n1,"say ""a"""\n', 'say "a"'],
    ["spaces round cells", "id , name\n1 ,  a \n", "a"],
  ])("reads %s", (_name, text, expected) => {
    const table = parseTable(text, "t.csv");
    expect(table.columns).toEqual(["id", "name"]);
    expect(table.rows).toEqual([{ line: 2, cells: { id: "1", name: expected } }]);
  });

  it("fills short rows, and finds columns whatever their case", () => {
    const table = parseTable("ID,Case\n1\n", "t.csv");
    expect(table.rows[0]?.cells).toEqual({ ID: "1", Case: "" });
    expect(findColumn(table, ["case"])).toBe("Case");
    expect(requireColumns(table, ["id", "case"])).toEqual({ id: "ID", case: "Case" });
  });

  it("says which columns there are and which are missing", () => {
    const table = parseTable("a,b\n1,2\n", "t.csv");
    expect(() => requireColumns(table, ["a", "x", "y"])).toThrow(
      /t.csv: got the columns a, b; wanted also x, y/,
    );
  });

  it.each([
    ["nothing", "", /no header line/],
    ["a broken quote", 'id,name\n1,"open\n', /text that is no table/],
  ])("refuses %s", (_name, text, message) => {
    expect(() => parseTable(text, "t.csv")).toThrow(message);
  });
});

import { methods, models, profiles, UserError } from "@hermes-us/hermes";
import { z } from "zod";
import { defineCommand } from "../command.js";
import { textTable } from "../text-table.js";

const lists = {
  methods: () => Object.values(methods),
  models: () => Object.values(models),
  profiles: () => Object.values(profiles),
} as const;

export const list = defineCommand({
  path: ["list"],
  summary: "what there is to choose from: methods, models or profiles",
  details: "Example:\n  hermes list methods",
  arguments: [{ name: "what", describe: Object.keys(lists).join(", "), arity: "one" }],
  options: z.strictObject({}),
  async run({ args, context }) {
    const what = args["what"]?.[0] ?? "";
    if (!(what === "methods" || what === "models" || what === "profiles")) {
      throw UserError.of(`list ${what}`, "no such list", Object.keys(lists).join(", "), "choose one");
    }
    const rows = lists[what]().map(({ name, title }) => [name, title]);
    for (const line of textTable([["name", "title"], ...rows])) context.print(line);
    return 0;
  },
});

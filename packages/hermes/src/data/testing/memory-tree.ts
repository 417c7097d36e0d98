import type { FileTree } from "../file-tree.js";
import type { FileInspector } from "../importers/to-manifest.js";
import { sha256Hex } from "../manifest.js";
import { byCodeUnit } from "../order.js";

/** A folder for tests: path to text. Pictures may hold any text; only the inspector below looks at them. */
export function memoryTree(files: Readonly<Record<string, string | Uint8Array>>): FileTree {
  const paths = Object.keys(files).sort(byCodeUnit);
  const contentOf = (path: string): string | Uint8Array => {
    const content = files[path];
    if (content === undefined) throw new Error(`no file ${path}`);
    return content;
  };
  return {
    name: "memory",
    list: () => paths,
    readText: async (path) => {
      const content = contentOf(path);
      return typeof content === "string" ? content : new TextDecoder().decode(content);
    },
    readBytes: async (path) => {
      const content = contentOf(path);
      return typeof content === "string" ? new TextEncoder().encode(content) : content;
    },
  };
}

/** Takes every file for a picture of 40 x 30 pixels of the kind its name says. */
export function pretendInspector(tree: FileTree): FileInspector {
  return {
    async inspect(path) {
      const text = `${path}:${await tree.readText(path)}`;
      const format = path.slice(path.lastIndexOf(".") + 1).replace("jpg", "jpeg");
      return { widthPx: 40, heightPx: 30, sha256: sha256Hex(text), format };
    },
  };
}
